"""Who shows the spatial head what to do: policies that decide by themselves, or choices tried in copies of a scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from tensordict import TensorDict

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.interface.action import Action
from pushgrasp.interface.world import Policy
from pushgrasp.policies.baselines.heuristic import HeuristicPolicy
from pushgrasp.policies.pg4da.policy import load_actor
from pushgrasp.policies.pg4da.spatial.choices import Choices
from pushgrasp.policies.pg4da.spatial.nets import NUM_GRASPS, Scores
from pushgrasp.policies.pg4da.spatial.rehearsal import Rehearsal
from pushgrasp.policies.pg4da.training.demonstrations import nearest_choices
from pushgrasp.policies.pg4da.training.imitation import values
from pushgrasp.policies.registry import METHODS
from pushgrasp.program import UserError

if TYPE_CHECKING:
    from pg_tasks.agents.rsl_rl_ppo_cfg import PushGraspPPORunnerCfg

TEACHERS = ("heuristic", "oracle", "look_ahead")
"""Policies that plan by themselves, and one that tries choices."""

ASTRAY = 0.3
"""Share of actions that the look-ahead draws among the tried choices instead of taking the best: later policies come
into scenes that the best choices never lead to."""

PUSH_WORTH = 0.7
"""What its best push is worth to it, compared to a grasp that holds."""

Judge = Callable[[TensorDict], Scores]
"""What a policy thinks of the choices in N worlds, from their observations."""


@dataclass(frozen=True)
class Shown:
    """What a teacher shows in N worlds.

    Attributes:
        choices: Numbers of the choices, shape (N, K), long, -1 where there is none.
        worth: What they are worth, shape (N, K).
        action: What is done next.
        stroke: Number of the stroke that it is, negative where it is none, shape (N,), long; None if it is no choice.
    """

    choices: torch.Tensor
    worth: torch.Tensor
    action: Action
    stroke: torch.Tensor | None = None


class Teacher(Protocol):
    """Shows what to do."""

    seed: int
    """Of what is random in the teacher, where nobody gives generators of their own."""

    def begin(self, world: int, generator: torch.Generator) -> None:
        """An episode begins in a world; ``generator`` draws what is random in it."""
        ...

    def show(self, observations: TensorDict, choices: Choices, running: torch.Tensor) -> Shown:
        """Return what to do where the environment stands now, which networks see as ``observations``.

        Nobody looks at worlds that are not ``running`` (N,).
        """
        ...

    def get_state(self) -> Any:  # noqa: ANN401
        """Return what it remembers, as plain data."""
        ...

    def set_state(self, state: Any) -> None:  # noqa: ANN401
        """Remember what :meth:`get_state` has returned."""
        ...


class PolicyTeacher:
    """A policy, whose decisions are shown as the nearest choices."""

    def __init__(self, policy: Policy, seed: int) -> None:
        """Show what ``policy`` does."""
        self._policy, self.seed = policy, seed

    def begin(self, world: int, generator: torch.Generator) -> None:
        """Let the policy begin a trial."""
        self._policy.begin(world, generator)

    def show(self, observations: TensorDict, choices: Choices, running: torch.Tensor) -> Shown:
        """Return the policy's actions."""
        action = self._policy.act(choices.seen, running)
        nearest = nearest_choices(action, choices)[:, None]
        return Shown(nearest, torch.ones(nearest.shape, device=nearest.device), action)

    def get_state(self) -> Any:  # noqa: ANN401
        """Return what the policy remembers of its trials, None if it remembers nothing."""
        return self._policy.get_state() if isinstance(self._policy, HeuristicPolicy) else None

    def set_state(self, state: Any) -> None:  # noqa: ANN401
        """Let the policy remember."""
        if isinstance(self._policy, HeuristicPolicy):
            self._policy.set_state(state)


class LookAheadTeacher:
    """Tries choices in copies of each world and mostly does the best of them."""

    def __init__(self, env: PushGraspEnv, seed: int, judge: Judge | None = None) -> None:
        """Try choices in ``env``, half of them among those that ``judge`` prefers."""
        self._env, self._rehearsal, self._judge, self.seed = env, Rehearsal(env), judge, seed
        self._generators: dict[int, torch.Generator] = {}

    def begin(self, world: int, generator: torch.Generator) -> None:
        """Draw with ``generator`` from now on in a world."""
        self._generators[world] = generator

    def show(self, observations: TensorDict, choices: Choices, running: torch.Tensor) -> Shown:
        """Return what was tried; does the best of it, or now and then any of it."""
        scores = None if self._judge is None else self._judge(observations)
        generators = {world: self._generators[world] for world in running.nonzero()[:, 0].tolist()}
        tried, worth = self._rehearsal(choices, generators, scores)
        luck, astray = torch.zeros(worth.shape), torch.zeros(len(worth), 1, dtype=torch.bool)
        for world, generator in generators.items():
            luck[world] = torch.rand(worth.shape[1], generator=generator)
            astray[world] = torch.rand(1, generator=generator) < ASTRAY
        value = values(tried, worth, PUSH_WORTH)
        taken = torch.where(astray, luck - 2.0 * (tried < 0), value + 1e-3 * luck).argmax(dim=1, keepdim=True)
        chosen = tried.gather(1, taken)[:, 0].clamp_min(0)
        action = choices.action(chosen, self._env.rig, self._env.cfg.decoder)
        return Shown(tried, worth, action, chosen - NUM_GRASPS)

    def get_state(self) -> dict[int, torch.Tensor]:
        """Return the states of the generators."""
        return {world: generator.get_state() for world, generator in self._generators.items()}

    def set_state(self, state: dict[int, torch.Tensor]) -> None:
        """Set the states of the generators."""
        for world, of_world in state.items():
            self._generators[world].set_state(of_world)


def check_judge(teacher: str, head: str) -> None:
    """Refuse a checkpoint for a teacher that does not ask it, or of a policy that does not score choices.

    Raises:
        UserError: If it is so.
    """
    if teacher != "look_ahead":
        raise UserError(
            f"teacher {teacher} shows its own choices, not those of a checkpoint: only look_ahead tries them"
        )
    if head != "spatial":
        raise UserError(f"agent={head} has no choices to try: demonstrations are for agent=spatial")


def make_teacher(name: str, env: PushGraspEnv, seed: int, judge: Judge | None = None) -> Teacher:
    """Return a teacher; ``judge`` is asked by the look-ahead only.

    Raises:
        UserError: If there is none of that name, or the environment's physics cannot be copied.
    """
    if name not in TEACHERS:
        raise UserError(f"unknown teacher {name!r}; teachers: {', '.join(TEACHERS)}")
    if name == "look_ahead":
        return LookAheadTeacher(env, seed, judge)
    return PolicyTeacher(METHODS[name].make(env), seed)


def checkpoint_judge(env: PushGraspEnv, agent_cfg: PushGraspPPORunnerCfg, checkpoint: Path) -> Judge:
    """Return how the policy of a checkpoint scores choices.

    Raises:
        CheckpointError: If the weights are of another method, backbone or size.
    """
    actor, encode = load_actor(checkpoint, agent_cfg, env.device)

    @torch.no_grad()
    def judge(observations: TensorDict) -> Scores:
        heat = {} if encode is None else {"avh": encode(observations["rgb"])}
        seen = TensorDict({**observations, **heat}, batch_size=observations.shape)
        return actor.mlp.scores(actor.get_latent(seen))

    return judge
