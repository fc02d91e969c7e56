"""Who shows the spatial head what to do: policies that decide by themselves, or choices tried in copies of a scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import torch
from tensordict import TensorDict

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.oracle.rehearsal import Rehearsal, written_places
from pushgrasp.decoding.decoder import Decision
from pushgrasp.policies.pg4da.spatial.demonstrations import nearest_choices
from pushgrasp.policies.pg4da.spatial.nets import Scores
from pushgrasp.training.choice_distribution import act
from pushgrasp.training.imitation import values

from .errors import UserError
from .heuristic_policy import HeuristicPolicy
from .policies import POLICIES
from .trials import TrialPolicy, trial_generator

if TYPE_CHECKING:
    from pg_tasks.agents.rsl_rl_ppo_cfg import PushGraspPPORunnerCfg

TEACHERS = ("heuristic", "oracle", "look_ahead")
"""Policies that return decisions, not numbers, and one that tries choices."""

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
        action: What is done next: actions (N, 3496), or decisions.
    """

    choices: torch.Tensor
    worth: torch.Tensor
    action: torch.Tensor | Decision


class Teacher(Protocol):
    """Shows what to do."""

    def begin(self, worlds: list[int], number: int) -> None:
        """Episodes begin in some worlds; ``number`` grows from call to call."""
        ...

    def show(self, observations: TensorDict) -> Shown:
        """Return what to do where the environment stands now."""
        ...

    def get_state(self) -> Any:  # noqa: ANN401
        """Return what it remembers, as plain data."""
        ...

    def set_state(self, state: Any) -> None:  # noqa: ANN401
        """Remember what :meth:`get_state` has returned."""
        ...


class PolicyTeacher:
    """A policy, whose decisions are shown as the nearest choices."""

    def __init__(self, env: PushGraspEnv, policy: TrialPolicy, seed: int) -> None:
        """Show what ``policy`` does; ``seed`` draws what is random in it."""
        self._env, self._policy, self._seed = env, policy, seed

    def begin(self, worlds: list[int], number: int) -> None:
        """Let the policy begin a trial."""
        for world in worlds:
            self._policy.begin(world, trial_generator(self._seed, number + world))

    def show(self, observations: TensorDict) -> Shown:
        """Return the policy's decisions."""
        everywhere = torch.ones(self._env.num_envs, dtype=torch.bool, device=self._env.device)
        decision = cast("Decision", self._policy.act(self._env, everywhere))
        grasps, strokes, cells = (observations[name] for name in ("grasps", "strokes", "cells"))
        choices = nearest_choices(decision, grasps, strokes, cells, self._env.cfg.workspace)[:, None]
        return Shown(choices, torch.ones(choices.shape, device=choices.device), decision)

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
        """Try choices in ``env``; ``seed`` draws them, half of them among those that ``judge`` prefers."""
        self._rehearsal, self._generator = Rehearsal(env), torch.Generator().manual_seed(seed)
        self._judge = judge

    def begin(self, worlds: list[int], number: int) -> None:
        """Nothing to remember."""

    def show(self, observations: TensorDict) -> Shown:
        """Return what was tried; does the best of it, or now and then any of it."""
        scores = None if self._judge is None else self._judge(observations)
        choices, worth = self._rehearsal(observations, self._generator, scores)
        value = values(choices, worth, PUSH_WORTH)
        luck = torch.rand(value.shape, generator=self._generator)
        astray = torch.rand(len(value), 1, generator=self._generator) < ASTRAY
        taken = torch.where(astray, luck - 2.0 * (choices < 0), value + 1e-3 * luck).argmax(dim=1, keepdim=True)
        chosen = choices.gather(1, taken)[:, 0].clamp_min(0)
        return Shown(choices, worth, act(chosen, written_places(observations)))

    def get_state(self) -> torch.Tensor:
        """Return the state of the generator."""
        return self._generator.get_state()

    def set_state(self, state: torch.Tensor) -> None:
        """Set the state of the generator."""
        self._generator.set_state(state)


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
    return PolicyTeacher(env, POLICIES[name].make(env), seed)


def checkpoint_judge(env: PushGraspEnv, agent_cfg: PushGraspPPORunnerCfg, checkpoint: Path) -> Judge:
    """Return how the policy of a checkpoint scores choices.

    Raises:
        CheckpointError: If the weights are of another method, backbone or size.
    """
    from .training import trained_runner

    runner = trained_runner(env, agent_cfg, checkpoint)
    actor: Any = runner.policy.eval()
    encode = getattr(runner.env, "encode", None)

    def judge(observations: TensorDict) -> Scores:
        seen = observations if encode is None else encode(observations)
        return actor.mlp.scores(actor.get_latent(seen.to(runner.device)))

    return judge
