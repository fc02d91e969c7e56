"""From flags and a protocol to the configuration of an environment, and to what identifies a run."""

from __future__ import annotations

import argparse
import hashlib
import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isaaclab_newton.physics import NewtonCfg

from pg_tasks.app import session
from pg_tasks.app.policies import ChosenPolicy, choose_policy
from pushgrasp.evaluation.protocols import Protocol
from pushgrasp.evaluation.runs import RunInfo
from pushgrasp.training.plain import to_plain
from pushgrasp.training.run_folder import git_commit

if TYPE_CHECKING:
    from pg_tasks.agents.rsl_rl_ppo_cfg import PushGraspPPORunnerCfg

_SOURCE = Path(__file__).resolve().parent

_FREE = {"seed", "fault_folder", "num_envs", "log_dir", "device", "threads"}
"""Fields of the configuration that do not change a trial."""


def configure(
    args: argparse.Namespace, overrides: Sequence[str], protocol: Protocol
) -> tuple[Any, PushGraspPPORunnerCfg, ChosenPolicy]:
    """Return the configurations of environment and agent, and the policy.

    Worlds of the Newton presets lie on top of each other, which they do not feel: beside each other, places further
    from the origin would be rounded differently, and a trial would depend on the world that it runs in.

    Raises:
        UserError: If an override or the policy is wrong.
        ValueError: If values do not fit together.
    """
    words = [*overrides, f"env.clutter.scenes={protocol.scenes}", f"env.rig={args.rig}"]
    env_cfg, agent_cfg = session.resolve(args, words)
    env_cfg.max_actions = protocol.rule.action_limit
    if isinstance(env_cfg.sim.physics, NewtonCfg):
        env_cfg.scene.env_spacing = 0.0
    return env_cfg, agent_cfg, choose_policy(args.policy, agent_cfg)


def run_info(
    args: argparse.Namespace,
    words: Sequence[str],
    protocol: Protocol,
    env_cfg: Any,  # noqa: ANN401 - configclass
    agent_cfg: PushGraspPPORunnerCfg,
    chosen: ChosenPolicy,
) -> RunInfo:
    """Return what a run is; ``words`` is the command line."""
    config: dict[str, Any] = {"env": to_plain(env_cfg)}
    if chosen.checkpoint is not None:
        config["agent"] = to_plain(agent_cfg)
    return RunInfo(
        protocol=protocol.name,
        policy=chosen.name,
        weights=chosen.weights,
        seed=args.seed,
        config=_hash(_without_free(config)),
        task=args.task.removesuffix("-v0"),
        rig=args.rig,
        physics=_physics(env_cfg),
        git_commit=git_commit(_SOURCE),
        trials=args.trials,
        command=f"python scripts/evaluate.py {shlex.join(_command(words, protocol, args))}",
    )


def _command(words: Sequence[str], protocol: Protocol, args: argparse.Namespace) -> list[str]:
    """Return the words that repeat this protocol alone."""
    kept, skip = [], False
    for word in words:
        if skip or word in ("--all", "--quick") or word.startswith(("--protocol=", "--trials=", "--seed=")):
            skip = False
        elif word in ("--protocol", "--trials", "--seed"):
            skip = True
        else:
            kept.append(word)
    return ["--protocol", protocol.name, "--trials", str(args.trials), "--seed", str(args.seed), *kept]


def _physics(env_cfg: Any) -> str:  # noqa: ANN401 - configclass
    physics = env_cfg.sim.physics
    if not isinstance(physics, NewtonCfg):
        return "physx"
    return "mujoco" if type(physics.solver_cfg).__name__ == "MuJoCoSolverCfg" else "newton"


def _without_free(value: Any) -> Any:  # noqa: ANN401 - plain data
    if isinstance(value, dict):
        return {key: _without_free(item) for key, item in value.items() if key not in _FREE}
    return [_without_free(item) for item in value] if isinstance(value, list) else value


def _hash(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
