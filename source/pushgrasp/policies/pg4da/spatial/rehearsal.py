"""Choices of the spatial head tried in copies of a world: what each of them would have been worth."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from pushgrasp.interface.action import Action
from pushgrasp.interface.world import Simulation
from pushgrasp.policies.baselines.oracle.geometry import target_costs

from .choices import Choices
from .grasps import GRASP_CHANNELS, HOLD
from .nets import NUM_GRASPS, SHARPNESS, TOP, Scores

GRASPS, STROKES = 8, 6
"""Choices of each kind that are tried in a world."""

AT_A_TIME = 4
"""Copies that run at once."""

FEASIBLE = GRASP_CHANNELS.index("feasible")

HOLD_UNIT = 0.25
"""Unit of the chance to hold in the evidence."""

EASE = 2.0
"""Cost of the best true grasp after a push that makes the push worth 1/e."""


class Rehearsal:
    """Tries some of the choices in each world of a simulation.

    A grasp is worth 1 if it lifts the target alone and loses nothing, else 0; a stroke exp(-c / 2), where c is what the
    best true grasp then costs (see the oracle), and 0 if it loses or moves nothing.
    """

    def __init__(self, simulation: Simulation) -> None:
        """Try choices in a simulation.

        Raises:
            UserError: If its physics cannot be copied.
        """
        self._simulation, self._imagine = simulation, simulation.imagine

    def __call__(
        self, choices: Choices, generators: Mapping[int, torch.Generator], scores: Scores | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return which choices were tried, -1 where there were fewer, and what they are worth, both (N, 14).

        Args:
            choices: What may be chosen in the N worlds.
            generators: Draw the choices, each in its world; in worlds without one, none are tried.
            scores: What a policy thinks of them: half of the choices are among those that it prefers. Without, half of
                the grasps are among those that look good to the heuristic.
        """
        tried = torch.full((self._simulation.num_worlds, GRASPS + STROKES), -1)
        worth = torch.zeros(tried.shape)
        preferred = None if scores is None else scores.of_choices()
        for world, generator in generators.items():
            drawn = drawn_choices(choices, world, generator, None if preferred is None else preferred[world])
            if len(drawn) > 0:
                tried[world, : len(drawn)] = drawn
                worth[world, : len(drawn)] = self.worth(world, drawn, choices)
        return tried, worth

    def worth(self, world: int, drawn: torch.Tensor, choices: Choices) -> torch.Tensor:
        """Return what each of some choices (K,), long, of a world is worth, shape (K,)."""
        arms, decoder = self._simulation.arms, self._simulation.decoder
        actions = choices.action(drawn, arms, decoder, torch.full_like(drawn, world))
        worth, is_grasp = torch.zeros(len(drawn)), drawn < NUM_GRASPS
        for those, judge in ((is_grasp, self._held), (~is_grasp, self._ease)):
            for some in those.nonzero()[:, 0].split(AT_A_TIME):
                if len(some) > 0:
                    worth[some] = judge(world, actions[some])
        return worth

    def _held(self, world: int, grasps: Action) -> torch.Tensor:
        imagined = self._imagine(world, grasps)
        held = imagined.lifts_only(int(self._simulation.state.target[world]))
        return (held & imagined.reachable & grasps.planned).float()

    def _ease(self, world: int, pushes: Action) -> torch.Tensor:
        imagined = self._imagine(world, pushes)
        useful = imagined.moved.any(dim=1) & ~imagined.lost.any(dim=1) & imagined.reachable & pushes.planned
        return (-target_costs(imagined.after) / EASE).exp() * useful


def drawn_choices(
    choices: Choices, world: int, generator: torch.Generator, preferred: torch.Tensor | None = None
) -> torch.Tensor:
    """Draw choices of one world (K,): grasps, half of them likely good ones, and strokes.

    Args:
        choices: What may be chosen.
        world: Where.
        generator: Draws them.
        preferred: Scores of a policy (3282,), by which half of the choices are drawn.
    """
    evidence = choices.grasps.evidence[world].flatten(0, 1)
    fitting = (evidence[:, FEASIBLE] > 0.5).float()
    usable = (choices.strokes.evidence[world, :, 0] > 0.5).float()
    if preferred is None:
        chance = (HOLD_UNIT * evidence[:, HOLD]).clamp(0.01, 0.99)
        likely = torch.cat(((chance / (1.0 - chance)).square(), torch.zeros_like(usable)))
    else:
        likely = (SHARPNESS * preferred.clamp(-TOP, TOP)).exp()
    grasps = _half_likely(likely[:NUM_GRASPS], fitting, GRASPS, generator)
    strokes = _half_likely(likely[NUM_GRASPS:], usable, STROKES, generator)
    return torch.cat((grasps, NUM_GRASPS + strokes))


def _half_likely(likely: torch.Tensor, possible: torch.Tensor, count: int, generator: torch.Generator) -> torch.Tensor:
    """Draw up to ``count`` of what is possible, half of it by how likely it is, the rest evenly."""
    first = _draw(likely * possible, count // 2, generator)
    others = possible.clone()
    others[first] = 0.0
    return torch.cat((first, _draw(others, count - len(first), generator)))


def _draw(weights: torch.Tensor, count: int, generator: torch.Generator) -> torch.Tensor:
    """Up to ``count`` different indices of weights above zero."""
    count = min(count, int((weights > 0.0).sum()))
    return torch.multinomial(weights, count, generator=generator) if count else torch.zeros(0, dtype=torch.long)
