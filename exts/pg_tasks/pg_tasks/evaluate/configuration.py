"""From flags and a protocol to the configuration of an environment, and to what identifies a run."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isaaclab_newton.physics import NewtonCfg

from pg_tasks.app import session
from pg_tasks.app.identity import configuration_digest
from pg_tasks.app.policies import ChosenPolicy, choose_policy
from pg_tasks.envs.scene_sets import file_scenes, scene_set
from pushgrasp.evaluation.digests import content_digest, file_digest
from pushgrasp.evaluation.protocols import Protocol
from pushgrasp.evaluation.runs import RunInfo
from pushgrasp.files.typed_json import to_plain
from pushgrasp.learning.run_folder import git_commit

if TYPE_CHECKING:
    from pg_tasks.agents.cfg import AgentCfg

_SOURCE = Path(__file__).resolve().parent


def configure(args: argparse.Namespace, overrides: Sequence[str], protocol: Protocol) -> tuple[Any, ChosenPolicy]:
    """Return the configuration of the environment, and the policy.

    Raises:
        UserError: If an override or the policy is wrong.
        ValueError: If values do not fit together.
    """
    env_cfg, agent_cfg = configure_worlds(args, overrides, protocol)
    return env_cfg, choose_policy(args.policy, agent_cfg, None, args.time_budget, overrides)


def configure_worlds(args: argparse.Namespace, overrides: Sequence[str], protocol: Protocol) -> tuple[Any, AgentCfg]:
    """Return the configurations of environment and agent.

    Raises:
        UserError: If an override is wrong.
        ValueError: If values do not fit together.
    """
    words = [*overrides, f"env.clutter.scenes={protocol.scenes}", f"env.rig={args.rig}"]
    words += ["env.clutter.skip_bad_scenes=true"] if args.skip_bad_scenes else []
    env_cfg, agent_cfg = session.resolve(args, words)
    env_cfg.max_actions = protocol.rule.action_limit
    session.lay_on_top(env_cfg)
    return env_cfg, agent_cfg


def run_info(
    args: argparse.Namespace,
    words: Sequence[str],
    protocol: Protocol,
    env_cfg: Any,  # noqa: ANN401 - configclass
    chosen: ChosenPolicy,
) -> RunInfo:
    """Return what a run is; ``words`` is the command line."""
    config: dict[str, Any] = {"env": to_plain(env_cfg)}
    if chosen.settings is not None:
        config["agent"] = to_plain(chosen.settings)
    if chosen.time_budget is not None:
        config["time_budget"] = chosen.time_budget
    return RunInfo(
        protocol=protocol.name,
        policy=chosen.name,
        seed=args.seed,
        config=configuration_digest(config),
        task=args.task.removesuffix("-v0"),
        rig=args.rig,
        physics=_physics(env_cfg),
        git_commit=git_commit(_SOURCE),
        trials=args.trials,
        command=f"python scripts/evaluate.py {shlex.join(_command(words, protocol, args))}",
        left_out=file_scenes(protocol.scenes).left_out,
        **named_content(env_cfg, chosen),
    )


def named_content(env_cfg: Any, chosen: ChosenPolicy) -> dict[str, str | None]:  # noqa: ANN401 - configclass
    """Return digests of what is named by path, as the files are now: fields of :class:`RunInfo`."""
    clutter = env_cfg.clutter
    weights = None if chosen.settings is None else chosen.settings.backbone_file()
    return {
        "weights": chosen.weights,
        "backbone": None if weights is None else file_digest(weights),
        "scenes": content_digest(scene_set(clutter.scenes, clutter.skip_bad_scenes).content),
    }


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
    names = {"MuJoCoSolverCfg": "mujoco", "PhysxCheckSolverCfg": "sapien"}
    return names.get(type(physics.solver_cfg).__name__, "newton")
