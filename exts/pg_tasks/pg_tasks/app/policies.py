"""Policies by name, and checkpoints by path: what chooses the actions of trials.

A policy is added with one line in :data:`POLICIES`: what it is, and a factory that makes a
:class:`pg_tasks.app.trials.TrialPolicy` for an environment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from pg_tasks.agents.pretrained import PRETRAINED
from pg_tasks.oracle.policy import OraclePolicy
from pushgrasp.evaluation.digests import file_digest
from pushgrasp.policies.pg4da.action import ACTION_SIZE

from .errors import UserError
from .heuristic_policy import HeuristicPolicy
from .trials import PicturePolicy, Policy, TrialPolicy

if TYPE_CHECKING:
    from pg_tasks.agents.rsl_rl_ppo_cfg import PushGraspPPORunnerCfg
    from pg_tasks.envs.push_grasp_env import PushGraspEnv
    from pushgrasp.training.runner import PushGraspRunner


@dataclass(frozen=True)
class PolicyEntry:
    """A policy that a command line can name."""

    description: str
    make: Callable[[PushGraspEnv], TrialPolicy]


@dataclass(frozen=True)
class ChosenPolicy:
    """A policy that a command line has named.

    Attributes:
        name: What records and reports call it.
        checkpoint: File of its weights; None for one of :data:`POLICIES`.
    """

    name: str
    checkpoint: Path | None = None

    @property
    def weights(self) -> str | None:
        """SHA-256 of the weights, None without."""
        return None if self.checkpoint is None else file_digest(self.checkpoint)


class RandomPolicy:
    """Standard normal actions, drawn from each trial's own generator."""

    def __init__(self, env: PushGraspEnv) -> None:
        """Start without trials."""
        self._generators = [torch.Generator() for _ in range(env.num_envs)]

    def begin(self, world: int, generator: torch.Generator) -> None:
        """Draw from ``generator`` in this world from now on."""
        self._generators[world] = generator

    def act(self, env: PushGraspEnv, running: torch.Tensor) -> torch.Tensor:
        """Return new actions (N, 3496)."""
        del running
        return torch.stack([torch.randn(ACTION_SIZE, generator=g) for g in self._generators]).to(env.device)


class TrainedPolicy:
    """The networks of a runner. Each world is a batch of its own: sizes of batches change the last bits of results."""

    def __init__(self, runner: PushGraspRunner, env: PushGraspEnv) -> None:
        """Play ``runner``'s present networks in its environment, which is ``env``."""
        self._policy, self._env, self._device = runner.policy.eval(), runner.env, runner.device
        self._generators = [torch.Generator() for _ in range(env.num_envs)]

    def begin(self, world: int, generator: torch.Generator) -> None:
        """Draw from ``generator`` in this world from now on, if the policy samples its actions."""
        self._generators[world] = generator

    def act(self, env: PushGraspEnv, running: torch.Tensor) -> torch.Tensor:
        """Return actions (N, 3496), zeros where nothing runs."""
        actions = torch.zeros(env.num_envs, ACTION_SIZE, device=env.device)
        observations: Any = self._env.observe(env.heightmaps.colour)
        encode = getattr(self._env, "encode", None)
        for world in running.nonzero()[:, 0].tolist():
            own = observations[world : world + 1]
            own = own if encode is None else encode(own)
            seed = int(torch.randint(2**62, (), generator=self._generators[world]))
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)  # what the policy samples comes from the global generator
                actions[world] = self._policy.play(own.to(self._device))[0].to(env.device)
        return actions


def random_policy(seed: int) -> Policy:
    """Return a policy of standard normal actions, drawn anew from ``seed``."""
    generator = torch.Generator().manual_seed(seed)

    def act(pictures: torch.Tensor) -> torch.Tensor:
        return torch.randn(len(pictures), ACTION_SIZE, generator=generator).to(pictures.device)

    return act


def zero_policy(pictures: torch.Tensor) -> torch.Tensor:
    """Return the action of zeros: the decoders' own preferences."""
    return torch.zeros(len(pictures), ACTION_SIZE, device=pictures.device)


def trained_policy(runner: PushGraspRunner) -> Policy:
    """Return how the runner's present networks act in the runner's environment (see ``PushGraspActor.play``)."""
    policy, env = runner.policy.eval(), runner.env
    encode = getattr(env, "encode", None)

    def act(pictures: torch.Tensor) -> torch.Tensor:
        observations = env.observe(pictures)
        if encode is not None:
            observations = encode(observations)
        return policy.play(observations.to(runner.device)).to(pictures.device)

    return act


POLICIES: dict[str, PolicyEntry] = {
    "random": PolicyEntry("actions of standard normal numbers", RandomPolicy),
    "zero": PolicyEntry("actions of zeros: what the decoders prefer", lambda env: PicturePolicy(zero_policy)),
    "heuristic": PolicyEntry("grasps where the jaws fit best, else sweeps away what is in the way", HeuristicPolicy),
    "oracle": PolicyEntry("knows where everything is and tries its actions in copies of the physics", OraclePolicy),
}
"""Policies by name."""


def choose_policy(word: str, agent_cfg: PushGraspPPORunnerCfg) -> ChosenPolicy:
    """Return the policy that a word names: one of :data:`POLICIES`, "pretrained", "latest", "best", or a path.

    Raises:
        UserError: If it is none of them; the message lists what is allowed. If it needs other settings of the agent.
        CheckpointError: If the checkpoint cannot be read or is of another method.
    """
    if word in POLICIES:
        return ChosenPolicy(word)
    if word not in (PRETRAINED, "latest", "best") and not Path(word).suffix and not Path(word).exists():
        raise UserError(
            f"unknown policy {word!r}; policies: {', '.join(POLICIES)}, pretrained, latest, best, or a checkpoint (.pt)"
        )
    from .training import readable_checkpoint

    checkpoint = readable_checkpoint(agent_cfg, word, None)
    if word == PRETRAINED:
        return ChosenPolicy(PRETRAINED, checkpoint)
    return ChosenPolicy(f"{checkpoint.parent.name}/{checkpoint.stem}", checkpoint)


def make_policy(chosen: ChosenPolicy, env: PushGraspEnv, agent_cfg: PushGraspPPORunnerCfg) -> TrialPolicy:
    """Return the policy for an environment.

    Raises:
        CheckpointError: If the weights are of another method, backbone or size.
    """
    if chosen.checkpoint is None:
        return POLICIES[chosen.name].make(env)
    from .training import trained_runner

    return TrainedPolicy(trained_runner(env, agent_cfg, chosen.checkpoint), env)
