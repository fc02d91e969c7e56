"""The policy ``twin``: the candidates of trained networks, tried in a reconstruction of what the camera sees."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from pushgrasp.interface.action import Action, Kind
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import Observation, World
from pushgrasp.motion.limits import training_rig_limits
from pushgrasp.physics.mujoco_package import import_mujoco
from pushgrasp.policies.baselines.oracle.grasps import distinct
from pushgrasp.policies.pg4da.backbone.inference import Encode
from pushgrasp.policies.pg4da.policy import load_actor, network_image, network_inputs
from pushgrasp.policies.pg4da.pretrained import shipped_policy
from pushgrasp.policies.pg4da.spatial.choices import Choices, list_choices
from pushgrasp.policies.pg4da.spatial.memory import Memory
from pushgrasp.policies.pg4da.spatial.nets import NEVER, NUM_GRASPS, Scores
from pushgrasp.policies.pg4da.training.choice_distribution import ChoiceDistribution, likeliest
from pushgrasp.policies.pg4da.training.models import PushGraspActor
from pushgrasp.policies.twin.planner import Planner, TwinCfg
from pushgrasp.policies.twin.reconstruction import reconstruct
from pushgrasp.policies.twin.world import TwinWorld
from pushgrasp.program import UserError
from pushgrasp.threads import one_thread

LIKELIEST = 60
"""Grasps out of which those are taken that are not nearly the same."""


class TwinPolicy:
    """Tries grasps and strokes of pg4da's networks in a copy of what is seen, and does the best; draws nothing.

    A grasp is done where its log-odds, the networks' and what its rehearsal adds, are above zero; else the stroke after
    which the target is easiest to grasp. Where the target is not in the picture, the networks decide alone.
    """

    def __init__(self, world: World, actor: PushGraspActor, encode: Encode | None, cfg: TwinCfg | None = None) -> None:
        """Act in ``world``.

        Args:
            world: World to act in, simulated by whatever or real.
            actor: Networks that score choices.
            encode: Frozen backbone; None where the actor has its own.
            cfg: What is tried.

        Raises:
            UserError: If ``mujoco`` is not installed, or the networks do not score choices.
        """
        import_mujoco()
        if not isinstance(actor.distribution, ChoiceDistribution):
            raise UserError("policy twin tries choices: it needs a checkpoint of agent=spatial")
        self._arms, self._decoder, self._actor, self._encode = world.arms, world.decoder, actor.eval(), encode
        self._cfg, self._limits = cfg or TwinCfg(), training_rig_limits()
        self._memory = Memory.empty(world.num_worlds)
        self._numbers = torch.zeros(world.num_worlds, dtype=torch.long)

    def begin(self, world: int, generator: torch.Generator) -> None:
        """Forget what was tried; nothing is drawn."""
        del generator
        self._memory.forget(torch.tensor([world]))

    @torch.no_grad()
    def act(self, seen: Observation, running: Tensor) -> Action:
        """Return what does best; where nothing runs, whatever choice 0 means.

        The scores are the log-odds of the best grasp and the worth of the best stroke, where it was looked for.
        """
        self._memory = self._memory.to(seen.target_id.device)
        self._numbers, found = torch.zeros(len(running), dtype=torch.long), torch.full((len(running), 2), -torch.inf)
        with one_thread():
            choices = list_choices(seen, self._arms.num_arms, self._decoder, self._memory)
            groups = choices.groups()
            for world in running.nonzero()[:, 0].tolist():
                own = {name: values[world : world + 1] for name, values in groups.items()}
                scores = self.scores(seen.of(world), own)
                self._numbers[world] = self._choose(world, choices, scores, found[world])
        action = choices.action(self._numbers.to(seen.target_id.device), self._arms, self._decoder)
        action.score[:, [Kind.GRASP, Kind.PUSH]] = found.to(action.score)
        return action

    def learn_of(self, action: Action, outcome: Outcome) -> None:
        """Remember what has failed."""
        stroke = self._numbers.to(outcome.success.device) - NUM_GRASPS
        self._memory.learn_of(action, outcome, stroke)

    def _choose(self, world: int, choices: Choices, scores: Scores, found: Tensor) -> int:
        """Number of what is best in one world; what is ``found`` of grasps and strokes is written down, shape (2,)."""
        planner = self.planner(world, choices)
        grasps, strokes = candidates(world, choices, scores)
        if planner is None or len(grasps) + len(strokes) == 0:
            return int(likeliest(scores.log_chances())[0])
        number, *worths = planner.best(grasps, strokes, scores.of_choices()[0].cpu())
        found[:] = torch.tensor(worths)
        return number

    def scores(self, seen: Observation, groups: dict[str, Tensor]) -> Scores:
        """Return what the networks think of the choices of one world, N = 1."""
        inputs = network_inputs(self._actor, network_image(self._encode, seen), groups)
        return self._actor.mlp.scores(self._actor.get_latent(inputs))

    def planner(self, world: int, choices: Choices) -> Planner | None:
        """Return what tries choices in one world, None where the target is not seen well enough."""
        seen = choices.seen.of(world)
        bodies = reconstruct(seen.heightmaps.height[0], seen.heightmaps.ids[0], seen.workspace)
        ids = [body.object_id for body in bodies]
        if int(seen.target_id) not in ids:
            return None
        twin = TwinWorld(bodies, self._arms.num_arms, self._limits)
        return Planner(twin, ids.index(int(seen.target_id)), partial(self._action, world, choices), self._cfg)

    def _action(self, world: int, choices: Choices, numbers: Tensor) -> Action:
        """Actions (C) of choices (C,) of a world, on the CPU."""
        device = choices.seen.target_id.device
        everywhere = torch.full_like(numbers, world)
        return choices.action(numbers.to(device), self._arms, self._decoder, everywhere.to(device)).cpu()


def candidates(world: int, choices: Choices, scores: Scores) -> tuple[Tensor, Tensor]:
    """Return the numbers of grasps (G,), none nearly the same as a likelier one, and of strokes (S,), the best first.

    Args:
        world: Which one.
        choices: What may be chosen in all worlds.
        scores: What the networks think of the choices of this one, N = 1.
    """
    grasps, strokes = scores.grasps[0].cpu(), scores.strokes[0].cpu()
    likely = grasps.argsort(descending=True, stable=True)[:LIKELIEST]
    likely = likely[grasps[likely] > NEVER / 2]
    device = choices.seen.target_id.device
    position, rotation, _, _ = choices.grasps.pose(torch.full_like(likely, world).to(device), likely.to(device))
    likely = likely[distinct(position.cpu(), rotation.cpu(), LIKELIEST)]
    order = strokes.argsort(descending=True, stable=True)
    usable = choices.strokes.evidence[world, :, 0].cpu() > 0.5
    return likely, NUM_GRASPS + order[usable[order]]


def load_twin(
    world: World, weights: Path | None = None, settings: TwinCfg | None = None, device: torch.device | str = "cpu"
) -> TwinPolicy:
    """Return the policy with the networks of a checkpoint, by default those that come with the project.

    Raises:
        UserError: See :class:`TwinPolicy`.
        FileNotFoundError: If a file is missing.
        CheckpointError: If the checkpoint is damaged, or of another method or backbone.
    """
    import_mujoco()
    file = shipped_policy(world.arms.num_arms) if weights is None else weights
    networks = None if settings is None else settings.networks
    return TwinPolicy(world, *load_actor(file, networks, device), settings)
