"""From a command line to a running environment."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import gymnasium as gym
import torch
from isaaclab.app import launch_simulation
from isaaclab_tasks.utils import load_cfg_from_registry, resolve_task_config

from pg_tasks.agents.rsl_rl_ppo_cfg import PushGraspPPORunnerCfg
from pushgrasp.settings import Settings

from .agent_check import check_agent
from .errors import UserError, readable_errors
from .overrides import check_overrides

if TYPE_CHECKING:
    from pg_tasks.envs.push_grasp_env import PushGraspEnv

VIEWER_INTERVAL = 2
"""Physics steps between two frames of a viewer; without one nothing is drawn but the camera's pictures."""


def resolve(args: argparse.Namespace, overrides: Sequence[str]) -> tuple[Any, PushGraspPPORunnerCfg]:
    """Return the environment's and the agent's configuration with flags and overrides applied.

    Raises:
        UserError: If an override is wrong or names nothing.
        ValueError: If a preset is unknown, a value has no meaning, or values do not fit together.
    """
    unresolved = (
        load_cfg_from_registry(args.task, "env_cfg_entry_point"),
        load_cfg_from_registry(args.task, args.agent),
    )
    check_overrides(overrides, *unresolved)
    env_cfg, agent_cfg = resolve_task_config(args.task, args.agent, overrides=list(overrides))
    if args.num_envs is not None:
        env_cfg.scene.num_envs = args.num_envs
    if args.device is not None:
        env_cfg.sim.device = args.device
    args.device = env_cfg.sim.device
    if "cuda" in args.device and not torch.cuda.is_available():
        raise UserError(
            f"device {args.device!r}: PyTorch finds no CUDA here; use physics=mujoco, which runs on the CPU"
        )
    if args.visualizer:
        env_cfg.sim.render_interval = VIEWER_INTERVAL
    if args.seed is not None:
        agent_cfg.seed = env_cfg.seed = args.seed
    if env_cfg.seed is None:
        env_cfg.seed = agent_cfg.seed
    agent_cfg.device = env_cfg.sim.device if agent_cfg.device == "auto" else agent_cfg.device
    _restore_tuples(env_cfg)
    env_cfg.validate_config()
    check_agent(agent_cfg, unresolved[1].head)
    return env_cfg, agent_cfg


def _restore_tuples(cfg: Any) -> None:  # noqa: ANN401
    """Make tuples of the lists that overrides have set in the project's own parts of a configuration."""
    for part in vars(cfg).values():
        if isinstance(part, Settings):
            lists = {name: tuple(value) for name, value in vars(part).items() if isinstance(value, list)}
            vars(part).update(lists)
            _restore_tuples(part)


@contextmanager
def environment(args: argparse.Namespace, env_cfg: Any) -> Iterator[PushGraspEnv]:  # noqa: ANN401
    """Start the simulator, make the environment, close both at the end.

    A user's mistake ends the program here (see :func:`readable_errors`): Isaac Lab would print its stack trace.
    """
    torch.manual_seed(env_cfg.seed)
    on_gpus = "cuda" in env_cfg.sim.device  # Isaac Lab takes it that every distributed process has one
    flags = {**vars(args), "distributed": getattr(args, "distributed", False) and on_gpus}
    with launch_simulation(env_cfg, flags), readable_errors():
        env = gym.make(gym.spec(args.task), cfg=env_cfg)  # by its name, gymnasium would warn about the alias
        try:
            yield cast("PushGraspEnv", env.unwrapped)  # gymnasium does not know what it makes
        finally:
            env.close()
