"""Policies by name, and checkpoints by path: what chooses the actions of trials."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pushgrasp.evaluation.digests import file_digest
from pushgrasp.interface.world import Policy
from pushgrasp.learning.checkpoint import load_checkpoint
from pushgrasp.policies.pg4da.pretrained import PRETRAINED, pretrained_policy
from pushgrasp.policies.registry import NAMED, find_method, find_planner, is_method
from pushgrasp.policies.twin.planner import TwinCfg
from pushgrasp.program import UserError

from .checkpoints import readable_checkpoint

if TYPE_CHECKING:
    from pg_tasks.agents.cfg import AgentCfg
    from pg_tasks.envs.push_grasp_env import PushGraspEnv


@dataclass(frozen=True)
class ChosenPolicy:
    """A policy that a command line has named.

    Attributes:
        name: What records and reports call it.
        checkpoint: File of its weights; None for one of the registry without weights.
        settings: Settings that it acts with; None where it has none, or its weights' own.
        time_budget: Time in which it decides [s], for one that plans; None for as long as it takes.
    """

    name: str
    checkpoint: Path | None = None
    settings: AgentCfg | None = None
    time_budget: float | None = None

    @property
    def weights(self) -> str | None:
        """SHA-256 of the weights, or of the file of a user's class; None where the project has all."""
        if self.checkpoint is not None:
            return file_digest(self.checkpoint)
        if ":" in self.name:
            return file_digest(Path(inspect.getfile(find_method(self.name).maker())))
        return None


def choose_policy(
    word: str,
    agent_cfg: AgentCfg,
    run: str | None = None,
    time_budget: float | None = None,
    overrides: Sequence[str] = (),
) -> ChosenPolicy:
    """Return the policy that a word names: one of the registry, "pretrained", "latest", "best", or a path.

    Args:
        word: What the user has written; ``twin:WEIGHTS`` plans with other networks than those of the project.
        agent_cfg: Settings of the method that ``agent=`` names.
        run: Run to look for the checkpoint in: folder, name or pattern.
        time_budget: Time in which a policy that plans decides [s].
        overrides: ``key=value`` words that ``agent_cfg`` holds.

    Raises:
        UserError: If it is none of them; the message lists what is allowed. If it needs other settings of the agent.
        ValueError: If a user's own class cannot be loaded or is none of a policy.
        CheckpointError: If the checkpoint cannot be read or is of another method.
    """
    planner = find_planner(word)
    if planner is not None:
        planner[0].maker()
        return ChosenPolicy(word, readable_checkpoint(agent_cfg, planner[1], run), agent_cfg, time_budget)
    if time_budget is not None:
        raise UserError(f"--time_budget: policy {word} tries nothing out; twin does")
    if is_method(word):
        method = find_method(word)
        if method.weights is not None:
            if method.name == agent_cfg.method():
                return trained(word, pretrained_policy(method.weights), agent_cfg, overrides)
            return ChosenPolicy(word, pretrained_policy(method.weights))
        if method.trainer is not None:
            raise UserError(f"policy {word}: name its weights: pretrained, latest, best, or a checkpoint (.pt)")
        method.maker()
        return ChosenPolicy(word)
    if word not in (PRETRAINED, "latest", "best") and not Path(word).suffix and not Path(word).exists():
        raise UserError(
            f"unknown policy {word!r}; policies: {', '.join(NAMED)}, package.module:Class, pretrained, "
            "latest, best, or a checkpoint (.pt)"
        )
    checkpoint = readable_checkpoint(agent_cfg, word, run)
    name = PRETRAINED if word == PRETRAINED else f"{checkpoint.parent.name}/{checkpoint.stem}"
    return trained(name, checkpoint, agent_cfg, overrides)


def trained(name: str, checkpoint: Path, agent_cfg: AgentCfg, overrides: Sequence[str] = ()) -> ChosenPolicy:
    """Return the policy of a checkpoint, which acts as its training says, but for what the user has typed.

    Args:
        name: What records and reports call it.
        checkpoint: File of its weights.
        agent_cfg: Settings of its method.
        overrides: ``key=value`` words that ``agent_cfg`` holds.

    Raises:
        CheckpointError: If the checkpoint cannot be read or is of another method.
        ValueError: If the settings that it holds are not of the method.
    """
    settings = deepcopy(agent_cfg)
    config = load_checkpoint(checkpoint, agent_cfg.method())[1]
    settings.follow(config, [word.partition("=")[0] for word in overrides])
    return ChosenPolicy(name, checkpoint, settings)


def make_policy(chosen: ChosenPolicy, env: PushGraspEnv) -> Policy:
    """Return the policy for an environment.

    Raises:
        CheckpointError: If the weights are of another method, backbone or size.
        UserError: If what the policy needs is not installed.
    """
    planner = find_planner(chosen.name)
    if planner is not None:
        settings = TwinCfg(time_budget=chosen.time_budget, networks=chosen.settings)
        return planner[0].make(env, chosen.checkpoint, settings, env.device)
    method = find_method(chosen.name if chosen.settings is None else chosen.settings.method())
    return method.make(env, chosen.checkpoint, chosen.settings, env.device)
