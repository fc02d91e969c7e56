"""Command-line arguments that the scripts share, in both generations of Isaac Lab's spelling."""

from __future__ import annotations

import argparse
import difflib
import importlib
import sys
from collections.abc import Sequence

from isaaclab.app import add_launcher_args
from isaaclab_tasks.utils import setup_preset_cli

import pg_tasks
from pushgrasp.policies.registry import METHODS, trained_method
from pushgrasp.program import UserError, tell

from .parser import Parser, positive
from .quiet_start import quiet

_OLD_FLAGS = {
    "--headless": "leave it out: scripts run headless unless --viz names a viewer",
    "--enable_cameras": "leave it out: the camera is always on",
}

_VIDEO = "scripts/play.py, scripts/random_agent.py and scripts/train.py record videos"
_CURVES = "leave it out: curves are TensorBoard events in the run folder"
_NO_RAY = "leave it out: Ray is not used; --run_name tells runs apart"
_PICTURES = "scripts/view.py shows the camera's pictures, and train.py --pictures writes them"

_ELSEWHERE = {
    "--physics": "give physics=mujoco, newton, physx or sapien, without dashes",
    "--renderer": "give renderer=..., without dashes",
    "--presets": "give presets=..., without dashes",
    "--agent": "give agent=spatial or agent=paper, without dashes",
    "--experiment_name": "give agent.experiment_name=NAME",
    "--run_timestamp": "give --run_name TEXT, which follows the date in the run folder's name",
    "--disable_fabric": "give env.sim.use_fabric=false",
    "--use_last_checkpoint": "give --checkpoint latest",
    "--use_pretrained_checkpoint": "give --checkpoint pretrained",
    "--load_checkpoint": "give --checkpoint latest, best or a file",
    "--max_steps": "give --trials N",
    "--real-time": "scripts/view.py shows actions at the pace of the simulation",
    "--train_env_cfg": "leave it out: a policy is played in the environment of its training",
    "--resume_optimizer_state": "leave it out: a training goes on with the state of its optimiser",
    "--export_io_descriptors": "leave it out: exported/policy.onnx describes its inputs and outputs",
    "--external_callback": "leave it out: the tasks are there when pg_tasks is imported",
    "--rl_library": "leave it out: rsl_rl is the only one",
    "--frontend": "leave it out: the environment runs on torch",
    "--video": _VIDEO,
    **dict.fromkeys(("--video_length", "--video_interval"), "leave it out: --video records whole trials"),
    **dict.fromkeys(("--logger", "--log_project_name"), _CURVES),
    **dict.fromkeys(("--ray-proc-id", "-rid"), _NO_RAY),
    **{f"--capture_env_sensors{part}": _PICTURES for part in ("", "_length", "_interval", "_format")},
}
"""Flags of Isaac Lab's own scripts that this project's lack, and what to do instead."""

_OVERRIDES = """\
overrides (Isaac Lab's own syntax, no dashes):
  physics=mujoco|newton|physx|sapien   physics preset; default: newton with CUDA, else mujoco
  agent=spatial|paper|METHOD       what acts: pg4da's choice of cells and class (default), its published 3496 numbers,
                                   or another method that is trained (epg, switch, mpg, opg)
  env.clutter.num_objects=20       any field of the environment's configuration
  env.clutter.layout=scattered     blocks apart from each other instead of the task's scenes
  agent.backbone.weights=FILE      any field of the agent's configuration
  agent.algorithm.learning_rate=3e-4
"""


TIME_BUDGET = "policy twin: seconds after which it tries nothing more (default: none, so that trials repeat)"


def make_parser(description: str) -> Parser:
    """Return a parser with the flags that every script takes."""
    parser = Parser(description, epilog=_OVERRIDES)
    parser.hints = _ELSEWHERE
    parser.add_argument("--task", default="DualArmPushGrasp", help=f"task id: {', '.join(pg_tasks.TASKS)}")
    parser.add_argument("--num_envs", type=positive, help="parallel worlds (default: the task's)")
    parser.add_argument("--seed", type=int, help="seed of scenes, colours and networks (default: the agent's)")
    return parser


def parse(parser: Parser, argv: Sequence[str] | None = None) -> tuple[argparse.Namespace, list[str]]:
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
            parser.refuse(word)
    known = [name for task in pg_tasks.TASKS for name in (task, f"{task}-v0")]
    if args.task not in known:
        near = difflib.get_close_matches(args.task, known, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UserError(f"unknown task {args.task!r}; tasks: {', '.join(known)}{hint}")
    with quiet(args.verbose or args.info):
        importlib.import_module("isaaclab.utils.warp")  # which complains where there is no GPU
    methods = [trained_method(args.method)] if "method" in args else METHODS.values()
    allowed = [word for method in methods for word in method.agents]
    args.agent = _agent([word for word in rest if word.startswith("agent=")], allowed)
    words = [word for word in rest if not word.startswith("agent=")]
    return args, ["physics=newton_mjwarp" if word == "physics=newton" else word for word in words]


def _agent(words: list[str], allowed: list[str]) -> str:
    """Return the registry key of the agent that ``agent=`` chooses, by default the first that is allowed."""
    name = words[-1].partition("=")[2] if words else allowed[0]
    if name not in allowed:
        raise UserError(f"unknown agent {name!r}; agents: {', '.join(allowed)}")
    return pg_tasks.AGENTS[name]


def _without_old_flags(words: list[str]) -> list[str]:
    for flag, advice in _OLD_FLAGS.items():
        if flag in words:
            tell(f"hint: {flag} belongs to Isaac Lab 2; {advice}")
    return [word for word in words if word not in _OLD_FLAGS]


def without(words: Sequence[str], flags: tuple[str, ...], switches: tuple[str, ...] = ()) -> list[str]:
    """Return a command line without flags and their values, and without switches, which have none."""
    kept, left = [], iter(words)
    for word in left:
        if word in flags:
            next(left, None)
        elif word not in switches and word.partition("=")[0] not in flags:
            kept.append(word)
    return kept
