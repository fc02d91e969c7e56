"""From a command line to a running environment."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import torch
from isaaclab.app import launch_simulation
from isaaclab_newton.physics import NewtonCfg
from isaaclab_tasks.utils import load_cfg_from_registry, resolve_task_config

from pg_tasks.agents.cfg import AgentCfg
from pushgrasp.interrupt import check_interruption
from pushgrasp.learning.distributed import rank
from pushgrasp.program import UserError, readable_errors
from pushgrasp.settings import Settings

from .agent_check import check_agent
from .overrides import check_overrides
from .quiet_start import quiet, quiet_start

if TYPE_CHECKING:
    from pg_tasks.envs.push_grasp_env import PushGraspEnv

VIEWER_INTERVAL = 2
"""Physics steps between two frames of a viewer; without one nothing is drawn but the camera's pictures."""


def resolve(args: argparse.Namespace, overrides: Sequence[str]) -> tuple[Any, AgentCfg]:
    """Return the environment's and the agent's configuration with flags and overrides applied.

    Raises:
        UserError: If an override is wrong or names nothing.
        ValueError: If a preset is unknown, a value has no meaning, or values do not fit together.
    """
    with quiet(args.verbose or args.info):
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
    check_agent(agent_cfg, unresolved[1])
    return env_cfg, agent_cfg


def lay_on_top(env_cfg: Any) -> None:  # noqa: ANN401
    """Put the worlds of the Newton presets on top of each other, which they do not feel.

    Beside each other, places further from the origin are rounded differently, and an episode depends on its world.
    """
    if isinstance(env_cfg.sim.physics, NewtonCfg):
        env_cfg.scene.env_spacing = 0.0


def _restore_tuples(cfg: Any) -> None:  # noqa: ANN401
    """Make tuples of the lists that overrides have set in the project's own parts of a configuration."""
    for part in vars(cfg).values():
        if isinstance(part, Settings):
            lists = {name: tuple(value) for name, value in vars(part).items() if isinstance(value, list)}
            vars(part).update(lists)
            _restore_tuples(part)


@contextmanager
def environment(args: argparse.Namespace, env_cfg: Any, log: Path | None = None) -> Iterator[PushGraspEnv]:  # noqa: ANN401
    """Start the simulator, make the environment, close both at the end.

    Args:
        args: Flags of :func:`pg_tasks.app.arguments.parse`.
        env_cfg: Configuration.
        log: File for what the simulator prints at its start; a temporary one if None.
    """
    check_interruption()
    torch.manual_seed(env_cfg.seed)
    on_gpus = "cuda" in env_cfg.sim.device  # Isaac Lab takes it that every distributed process has one
    distributed = getattr(args, "distributed", False)
    flags = {**vars(args), "distributed": distributed and on_gpus}
    output = quiet_start(args.verbose or args.info, log, told=not distributed or rank() == 0)

    def make() -> Any:  # noqa: ANN401 - gymnasium does not know what it makes
        return gym.make(gym.spec(args.task), cfg=env_cfg).unwrapped  # by its name, gymnasium would warn about the alias

    with simulator(env_cfg, make, flags, output) as env:
        yield env


@contextmanager
def simulator(
    env_cfg: Any,  # noqa: ANN401
    make: Callable[[], PushGraspEnv],
    flags: dict[str, Any] | None = None,
    output: AbstractContextManager[None] | None = None,
) -> Iterator[PushGraspEnv]:
    """Start the simulator with Isaac Lab's ``flags``, ``make`` an environment, close both at the end.

    The start runs inside ``output``, by default :func:`quiet_start`. A user's mistake ends the program here (see
    :func:`readable_errors`): Isaac Lab would print its stack trace.
    """
    with ExitStack() as stack:
        with output or quiet_start():
            stack.enter_context(launch_simulation(env_cfg, flags))
            stack.enter_context(readable_errors())
            env = make()
            stack.callback(env.close)
            if not env.has_rtx_sensors:
                env.observer.picture()  # compiles the renderer's kernels
        yield env
