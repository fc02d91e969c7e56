"""Command-line arguments that the scripts share, in both generations of Isaac Lab's spelling."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence

from isaaclab.app import add_launcher_args
from isaaclab_tasks.utils import setup_preset_cli

import pg_tasks

from .errors import UserError

AGENTS = {"spatial": "rsl_rl_cfg_entry_point", "paper": "rsl_rl_paper_cfg_entry_point"}
"""Policy heads, the default first, and their keys in the registry."""

_OLD_FLAGS = {
    "--headless": "leave it out: scripts run headless unless --viz names a viewer",
    "--enable_cameras": "leave it out: the camera is always on",
}

_OVERRIDES = """\
overrides (Isaac Lab's own syntax, no dashes):
  physics=mujoco|newton|physx      physics preset; default: newton with CUDA, else mujoco
  agent=spatial|paper              policy head: a choice of cells and class (default), or the published 3496 numbers
  env.clutter.num_objects=20       any field of the environment's configuration
  env.clutter.layout=scattered     blocks apart from each other instead of a heap
  agent.backbone.weights=FILE      any field of the agent's configuration
  agent.algorithm.learning_rate=3e-4
"""

STAGES = ("grasp", "push_grasp", "all")
"""``grasp``: scattered blocks. ``push_grasp``: the scenes of the task from the first iteration on. ``all``: scattered
blocks first, for ``agent.grasp_iterations`` or a quarter of all iterations."""


def make_parser(description: str) -> argparse.ArgumentParser:
    """Return a parser with the flags that every script takes."""
    parser = argparse.ArgumentParser(
        description=description, epilog=_OVERRIDES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--task", default="DualArmPushGrasp", help=f"task id: {', '.join(pg_tasks.TASKS)}")
    parser.add_argument("--num_envs", type=positive, help="parallel worlds (default: the task's)")
    parser.add_argument("--seed", type=int, help="seed of scenes, colours and networks (default: the agent's)")
    return parser


def parse(parser: argparse.ArgumentParser, argv: Sequence[str] | None = None) -> tuple[argparse.Namespace, list[str]]:
    """Parse flags and overrides.

    Returns:
        The flags, and the ``key=value`` overrides for the configuration.

    Raises:
        UserError: If the task is unknown or something is neither a flag nor an override.
    """
    add_launcher_args(parser)
    parser.set_defaults(device=None)  # the physics preset's, unless the user names one
    words = _without_old_flags(list(sys.argv[1:] if argv is None else argv))
    args, rest = setup_preset_cli(parser, words)
    for word in rest:
        if word.startswith("-") or "=" not in word:
            raise UserError(f"unknown argument {word!r}; see --help")
    known = [name for task in pg_tasks.TASKS for name in (task, f"{task}-v0")]
    if args.task not in known:
        near = difflib.get_close_matches(args.task, known, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UserError(f"unknown task {args.task!r}; tasks: {', '.join(known)}{hint}")
    args.agent = _agent([word for word in rest if word.startswith("agent=")])
    words = [word for word in rest if not word.startswith("agent=")]
    return args, ["physics=newton_mjwarp" if word == "physics=newton" else word for word in words]


def _agent(words: list[str]) -> str:
    """Return the registry key of the agent that ``agent=`` chooses."""
    name = words[-1].partition("=")[2] if words else next(iter(AGENTS))
    if name not in AGENTS:
        raise UserError(f"unknown agent {name!r}; agents: {', '.join(AGENTS)}")
    return AGENTS[name]


def _without_old_flags(words: list[str]) -> list[str]:
    for flag, advice in _OLD_FLAGS.items():
        if flag in words:
            sys.stderr.write(f"hint: {flag} belongs to Isaac Lab 2; {advice}\n")
    return [word for word in words if word not in _OLD_FLAGS]


def positive(text: str) -> int:
    """Return a flag's whole number of at least one."""
    return _at_least(1, text)


def not_negative(text: str) -> int:
    """Return a flag's whole number of at least zero."""
    return _at_least(0, text)


def _at_least(least: int, text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if value < least:
        raise argparse.ArgumentTypeError(f"{text} is less than {least}")
    return value
