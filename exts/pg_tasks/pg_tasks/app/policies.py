"""Policies by name, and checkpoints by path: what chooses the actions of trials."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pushgrasp.evaluation.digests import file_digest
from pushgrasp.interface.world import Policy
from pushgrasp.policies import registry
from pushgrasp.policies.pg4da.backbone.inference import Encode
from pushgrasp.policies.pg4da.policy import Pg4daPolicy, load_actor
from pushgrasp.policies.pg4da.pretrained import PRETRAINED, backbone_weights
from pushgrasp.training.models import PushGraspActor

from .errors import UserError

if TYPE_CHECKING:
    from pg_tasks.agents.rsl_rl_ppo_cfg import PushGraspPPORunnerCfg
    from pg_tasks.envs.push_grasp_env import PushGraspEnv
    from pushgrasp.training.runner import PushGraspRunner


@dataclass(frozen=True)
class ChosenPolicy:
    """A policy that a command line has named.

    Attributes:
        name: What records and reports call it.
        checkpoint: File of its weights; None for one of the registry.
    """

    name: str
    checkpoint: Path | None = None

    @property
    def weights(self) -> str | None:
        """SHA-256 of the weights, or of the file of a user's class; None where the project has all."""
        if self.checkpoint is not None:
            return file_digest(self.checkpoint)
        if ":" in self.name:
            return file_digest(Path(inspect.getfile(registry.policy_class(self.name))))
        return None


def present_policy(runner: PushGraspRunner, env: PushGraspEnv) -> Pg4daPolicy:
    """Return the policy of a runner's networks as they are when they act, in its environment."""
    return Pg4daPolicy(env, runner.policy, getattr(runner.env, "features", None))


def trained_actor(
    agent_cfg: PushGraspPPORunnerCfg, checkpoint: Path, device: str
) -> tuple[PushGraspActor, Encode | None]:
    """Return the networks of a checkpoint and its frozen backbone, as the agent's configuration has them.

    Raises:
        CheckpointError: If the weights are of another method, backbone or size.
    """
    backbone = agent_cfg.backbone
    weights = backbone_weights(backbone.weights, backbone.encoder)
    return load_actor(checkpoint, agent_cfg.train_cfg(), weights, backbone.seed, backbone.encoder, device)


def choose_policy(word: str, agent_cfg: PushGraspPPORunnerCfg) -> ChosenPolicy:
    """Return the policy that a word names: one of the registry, "pretrained", "latest", "best", or a path.

    Raises:
        UserError: If it is none of them; the message lists what is allowed. If it needs other settings of the agent.
        CheckpointError: If the checkpoint cannot be read or is of another method.
    """
    if registry.is_policy(word):
        try:
            registry.policy_class(word)
        except ValueError as error:
            raise UserError(str(error)) from error
        return ChosenPolicy(word)
    if word not in (PRETRAINED, "latest", "best") and not Path(word).suffix and not Path(word).exists():
        raise UserError(
            f"unknown policy {word!r}; policies: {', '.join(registry.POLICIES)}, package.module:Class, pretrained, "
            "latest, best, or a checkpoint (.pt)"
        )
    from .training import readable_checkpoint

    checkpoint = readable_checkpoint(agent_cfg, word, None)
    if word == PRETRAINED:
        return ChosenPolicy(PRETRAINED, checkpoint)
    return ChosenPolicy(f"{checkpoint.parent.name}/{checkpoint.stem}", checkpoint)


def make_policy(chosen: ChosenPolicy, env: PushGraspEnv, agent_cfg: PushGraspPPORunnerCfg) -> Policy:
    """Return the policy for an environment.

    Raises:
        CheckpointError: If the weights are of another method, backbone or size.
    """
    if chosen.checkpoint is None:
        return registry.make_policy(chosen.name, env)
    return Pg4daPolicy(env, *trained_actor(agent_cfg, chosen.checkpoint, env.device))
