"""From flags and a protocol to the configuration of an environment, and to what identifies a run."""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isaaclab_newton.physics import NewtonCfg

from pg_tasks.app import session
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

_FREE = {"seed", "fault_folder", "num_envs", "log_dir", "device", "threads"}
"""Fields of the configuration that do not change a trial."""

_DIGESTED = {"scenes", "skip_bad_scenes", "weights"}
"""Fields of the configuration in whose place digests of what they name are in the identity of a run."""


def configure(
    args: argparse.Namespace, overrides: Sequence[str], protocol: Protocol
) -> tuple[Any, AgentCfg, ChosenPolicy]:
    """Return the configurations of environment and agent, and the policy.

    Raises:
        UserError: If an override or the policy is wrong.
        ValueError: If values do not fit together.
    """
    env_cfg, agent_cfg = configure_worlds(args, overrides, protocol)
    return env_cfg, agent_cfg, choose_policy(args.policy, agent_cfg, time_budget=args.time_budget)


def configure_worlds(args: argparse.Namespace, overrides: Sequence[str], protocol: Protocol) -> tuple[Any, AgentCfg]:
    """Return the configurations of environment and agent.

    Worlds of the Newton presets lie on top of each other, which they do not feel: beside each other, places further
    from the origin would be rounded differently, and a trial would depend on the world that it runs in.

    Raises:
        UserError: If an override is wrong.
        ValueError: If values do not fit together.
    """
    words = [*overrides, f"env.clutter.scenes={protocol.scenes}", f"env.rig={args.rig}"]
    words += ["env.clutter.skip_bad_scenes=true"] if args.skip_bad_scenes else []
    env_cfg, agent_cfg = session.resolve(args, words)
    env_cfg.max_actions = protocol.rule.action_limit
    if isinstance(env_cfg.sim.physics, NewtonCfg):
        env_cfg.scene.env_spacing = 0.0
    return env_cfg, agent_cfg


def run_info(
    args: argparse.Namespace,
    words: Sequence[str],
    protocol: Protocol,
    env_cfg: Any,  # noqa: ANN401 - configclass
    agent_cfg: AgentCfg,
    chosen: ChosenPolicy,
) -> RunInfo:
    """Return what a run is; ``words`` is the command line."""
    config: dict[str, Any] = {"env": to_plain(env_cfg)}
    if chosen.checkpoint is not None and chosen.method is None:
        config["agent"] = to_plain(agent_cfg)
    if chosen.time_budget is not None:
        config["time_budget"] = chosen.time_budget
    return RunInfo(
        protocol=protocol.name,
        policy=chosen.name,
        seed=args.seed,
        config=content_digest(_identifying(config)),
        task=args.task.removesuffix("-v0"),
        rig=args.rig,
        physics=_physics(env_cfg),
        git_commit=git_commit(_SOURCE),
        trials=args.trials,
        command=f"python scripts/evaluate.py {shlex.join(_command(words, protocol, args))}",
        left_out=file_scenes(protocol.scenes).left_out,
        **named_content(env_cfg, agent_cfg, chosen),
    )


def named_content(
    env_cfg: Any,  # noqa: ANN401 - configclass
    agent_cfg: AgentCfg,
    chosen: ChosenPolicy,
) -> dict[str, str | None]:
    """Return digests of what is named by path, as the files are now: fields of :class:`RunInfo`."""
    clutter, own = env_cfg.clutter, chosen.checkpoint is not None and chosen.method is None
    weights = agent_cfg.backbone_file() if own else None
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


def _identifying(value: Any) -> Any:  # noqa: ANN401 - plain data
    """What of a configuration changes trials; in the place of files, what they hold."""
    if isinstance(value, dict):
        return {key: _identifying(item) for key, item in value.items() if key not in _FREE | _DIGESTED}
    if isinstance(value, list):
        return [_identifying(item) for item in value]
    return file_digest(value) if isinstance(value, str) and _names_file(value) else value


def _names_file(text: str) -> bool:
    """Whether a text is the path of a file; words without a suffix or a folder are none, whatever lies around."""
    return ("/" in text or "." in text) and os.path.isfile(text)
