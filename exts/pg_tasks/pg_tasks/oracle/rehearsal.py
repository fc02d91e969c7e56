"""Choices of the spatial head tried in copies of a world: what each of them would have been worth."""

from __future__ import annotations

import torch
from tensordict import TensorDict

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.decoding.decoder import Decision, decode
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.policies.baselines.decisions import rows
from pushgrasp.policies.pg4da.action import split_action
from pushgrasp.policies.pg4da.spatial.grasps import GRASP_CHANNELS, HOLD
from pushgrasp.policies.pg4da.spatial.nets import NUM_CHOICES, NUM_GRASPS, SHARPNESS, TARGET, TOP, Scores
from pushgrasp.training.choice_distribution import act

from .geometry import Geometry
from .look_ahead import LookAhead
from .policy import MOVED, best_cost

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
    """Tries some of the choices in each world of an environment.

    A grasp is worth 1 if it lifts the target alone and loses nothing, else 0; a stroke exp(-c / 2), where c is what the
    best true grasp then costs (see the oracle), and 0 if it loses or moves nothing.
    """

    def __init__(self, env: PushGraspEnv) -> None:
        """Look ahead in ``env``.

        Raises:
            UserError: If its physics cannot be copied.
        """
        self._env, self._look, self._geometry = env, LookAhead(env), Geometry(env)

    def __call__(
        self, observations: TensorDict, generator: torch.Generator, scores: Scores | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return which choices were tried, -1 where there were fewer, and what they are worth, both (N, 14).

        Args:
            observations: What the policy would see in the N worlds.
            generator: Draws the choices.
            scores: What a policy thinks of them: half of the choices are among those that it prefers. Without, half of
                the grasps are among those that look good to the heuristic.
        """
        choices = torch.full((self._env.num_envs, GRASPS + STROKES), -1)
        worth = torch.zeros(choices.shape)
        preferred = None if scores is None else scores.of_choices()
        for world in range(self._env.num_envs):
            seen = observations[world : world + 1]
            drawn = drawn_choices(seen, generator, None if preferred is None else preferred[world])
            if len(drawn) == 0:
                continue
            tried, decision = self._read(world, seen, drawn)
            choices[world, : len(tried)] = tried
            worth[world, : len(tried)] = self._worth(world, decision)
        return choices, worth

    def _read(self, world: int, seen: TensorDict, choices: torch.Tensor) -> tuple[torch.Tensor, Decision]:
        """What the decoders make of choices (K,), without those that they read as the other move."""
        env, many = self._env, len(choices)
        one = env.heightmaps.of(world)
        maps = Heightmaps(*(value.expand(many, *value.shape[1:]) for value in (one.colour, one.height, one.ids)))
        action = act(choices, written_places(seen).expand(many, -1))
        target = env.target_id[world].expand(many)
        decision = decode(*split_action(action), maps, target, env.cfg.workspace, env.cfg.num_arms, env.cfg.decoder)
        kept = (decision.is_grasp == (choices < NUM_GRASPS)).nonzero()[:, 0]
        return choices[kept], rows(decision, kept.tolist())

    def _worth(self, world: int, decision: Decision) -> torch.Tensor:
        worth = torch.zeros(len(decision.is_grasp))
        for is_grasp, judge in ((True, self._held), (False, self._ease)):
            those = (decision.is_grasp == is_grasp).nonzero()[:, 0]
            for some in those.split(AT_A_TIME) if len(those) else ():
                worth[some] = judge(world, rows(decision, some.tolist()))
        return worth

    def _held(self, world: int, grasps: Decision) -> torch.Tensor:
        foreseen = self._look(world, grasps)
        held = foreseen.lifts_only(int(self._env.objects.target[world]))
        return (held & foreseen.reachable & grasps.grasps.valid).float()

    def _ease(self, world: int, pushes: Decision) -> torch.Tensor:
        foreseen = self._look(world, pushes)
        places = zip(foreseen.position, foreseen.quaternion, strict=True)
        costs = torch.tensor([best_cost(self._geometry.grasps(world, place)) for place in places])
        moved = (foreseen.position - self._env.objects.position[world]).norm(dim=-1).amax(dim=1) > MOVED
        useful = moved & ~foreseen.lost.any(dim=1) & foreseen.reachable & pushes.pushes.valid
        return (-costs / EASE).exp() * useful


def drawn_choices(seen: TensorDict, generator: torch.Generator, preferred: torch.Tensor | None = None) -> torch.Tensor:
    """Draw choices of one world (K,): grasps, half of them likely good ones, and strokes.

    Args:
        seen: Observations of the world, N = 1.
        generator: Draws them.
        preferred: Scores of a policy (3282,), by which half of the choices are drawn.
    """
    evidence = seen["grasps"][0].flatten(0, 1)
    fitting, usable = (evidence[:, FEASIBLE] > 0.5).float(), (seen["strokes"][0, :, 0] > 0.5).float()
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


def written_places(observations: TensorDict) -> torch.Tensor:
    """Logits (N, 6595) that hold the places of the choices and leave open which is good."""
    target = (observations["maps"][:, TARGET].flatten(1) > 0.0).float()
    return torch.cat((target.new_zeros(len(target), NUM_CHOICES), target, observations["cells"]), dim=1)


def _draw(weights: torch.Tensor, count: int, generator: torch.Generator) -> torch.Tensor:
    """Up to ``count`` different indices of weights above zero."""
    count = min(count, int((weights > 0.0).sum()))
    return torch.multinomial(weights, count, generator=generator) if count else torch.zeros(0, dtype=torch.long)
