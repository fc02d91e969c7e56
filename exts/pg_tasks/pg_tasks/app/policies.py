"""Policies by name, and checkpoints by path: what chooses the actions of trials."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pushgrasp.evaluation.digests import file_digest
from pushgrasp.interface.world import Policy
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
        method: Name of its method, whose own settings it acts with; None where the agent's settings are for it.
        time_budget: Time in which it decides [s], for one that plans; None for as long as it takes.
    """

    name: str
    checkpoint: Path | None = None
    method: str | None = None
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
    word: str, agent_cfg: AgentCfg, run: str | None = None, time_budget: float | None = None
) -> ChosenPolicy:
    """Return the policy that a word names: one of the registry, "pretrained", "latest", "best", or a path.

    Args:
        word: What the user has written; ``twin:WEIGHTS`` plans with other networks than those of the project.
        agent_cfg: Settings of the networks.
        run: Run to look for the checkpoint in: folder, name or pattern.
        time_budget: Time in which a policy that plans decides [s].

    Raises:
        UserError: If it is none of them; the message lists what is allowed. If it needs other settings of the agent.
        ValueError: If a user's own class cannot be loaded or is none of a policy.
        CheckpointError: If the checkpoint cannot be read or is of another method.
    """
    planner = find_planner(word)
    if planner is not None:
        planner[0].maker()
        return ChosenPolicy(word, readable_checkpoint(agent_cfg, planner[1], run), time_budget=time_budget)
    if time_budget is not None:
        raise UserError(f"--time_budget: policy {word} tries nothing out; twin does")
    if is_method(word):
        method = find_method(word)
        if method.weights is not None:
            settings = None if method.name == agent_cfg.method() else method.name
            return ChosenPolicy(word, pretrained_policy(method.weights), settings)
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
    if word == PRETRAINED:
        return ChosenPolicy(PRETRAINED, checkpoint)
    return ChosenPolicy(f"{checkpoint.parent.name}/{checkpoint.stem}", checkpoint)


def make_policy(chosen: ChosenPolicy, env: PushGraspEnv, agent_cfg: AgentCfg) -> Policy:
    """Return the policy for an environment.

    Raises:
        CheckpointError: If the weights are of another method, backbone or size.
        UserError: If what the policy needs is not installed.
    """
    planner = find_planner(chosen.name)
    if planner is not None:
        settings = TwinCfg(time_budget=chosen.time_budget, networks=agent_cfg)
        return planner[0].make(env, chosen.checkpoint, settings, env.device)
    if chosen.checkpoint is None:
        return find_method(chosen.name).make(env)
    if chosen.method is not None:
        return find_method(chosen.method).make(env, chosen.checkpoint, None, env.device)
    return find_method(agent_cfg.method()).make(env, chosen.checkpoint, agent_cfg, env.device)
