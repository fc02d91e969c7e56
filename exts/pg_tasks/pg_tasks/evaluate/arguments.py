"""Command line of ``scripts/evaluate.py``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from pg_tasks.app.arguments import TIME_BUDGET, make_parser
from pg_tasks.app.arguments import parse as parse_words
from pg_tasks.app.crew import add_crew_flags
from pg_tasks.app.parser import not_negative, positive, seconds
from pg_tasks.envs.push_grasp_env_cfg import RIGS
from pushgrasp.evaluation.protocols import Protocol, chosen_protocols, protocols
from pushgrasp.perception.camera_noise import NOISE
from pushgrasp.program import UserError

QUICK_TRIALS = 8

MAX_SEED = 2**32 - 1
"""Greatest seed."""

_PHYSICS = ("mujoco", "newton", "physx", "sapien")

_NOISE = "env.camera_noise."
"""What overrides of the camera's noise begin with."""

_OF_PROTOCOL = ("env.clutter", "env.max_actions", "env.max_failed_grasps", "env.rig=")
"""Overrides that would change what a protocol or a flag of its own says."""


def parse(argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Parse flags and overrides.

    Raises:
        UserError: If one is wrong.
        ValueError: If a protocol is unknown.
    """
    parser = make_parser("Run a policy on the protocols of the field, record every trial, print the metrics.")
    parser.add_argument(
        "--policy",
        default="latest",
        help="a policy (random, twin, ...), pretrained, latest, best, or a checkpoint (default: latest)",
    )
    parser.add_argument("--time_budget", type=seconds, help=TIME_BUDGET)
    parser.add_argument(
        "--protocol",
        action="append",
        default=[],
        help="such as P1/case2; P1 stands for all of its protocols; scenes:FILES or scenes:FAMILY for scene files or "
        "another scene family under the rules of P1",
    )
    parser.add_argument(
        "--skip_bad_scenes", action="store_true", help="leave out scene files that cannot be used, and say so"
    )
    parser.add_argument("--all", action="store_true", help="all protocols")
    parser.add_argument("--trials", type=positive, help="trials per protocol (default: 100; with --quick 8)")
    parser.add_argument("--quick", action="store_true", help="a few trials of each protocol, to see that all is well")
    parser.add_argument("--rig", choices=RIGS, default="training", help="free grippers, or arms that carry them")
    parser.add_argument("--physics", dest="preset", choices=_PHYSICS, help="as physics=...")
    parser.add_argument("--noise", choices=NOISE, help="a camera that is as imperfect as a real one (default: perfect)")
    parser.add_argument("--out", type=Path, help="folder of the runs (default: logs/evaluation/<policy>)")
    add_crew_flags(parser)
    parser.add_argument("--pictures", type=not_negative, default=0, help="write a picture strip of so many trials")
    parser.add_argument("--list", action="store_true", help="list protocols and policies, and stop")
    parser.set_defaults(seed=0)
    args, overrides = parse_words(parser, list(argv))
    _check(args, overrides)
    words = [f"physics={args.preset}"] if args.preset else []
    words += [f"{_NOISE}{name}={value}" for name, value in vars(NOISE[args.noise]).items()] if args.noise else []
    args.trials = args.trials or (QUICK_TRIALS if args.quick else 100)
    return args, [*overrides, *("physics=newton_mjwarp" if w == "physics=newton" else w for w in words)]


def _check(args: argparse.Namespace, overrides: Sequence[str]) -> None:
    if not 0 <= args.seed <= MAX_SEED:
        raise UserError(f"--seed {args.seed}: a whole number from 0 to {MAX_SEED} is needed")
    if args.visualizer:
        raise UserError("evaluations run without a viewer; scripts/view.py shows a policy at work")
    if args.preset and any(word.startswith("physics=") for word in overrides):
        raise UserError("give --physics or physics=..., not both")
    if args.noise and any(word.startswith(_NOISE) for word in overrides):
        raise UserError(f"give --noise or {_NOISE}NAME=..., not both")
    for word in overrides:
        if word.startswith(_OF_PROTOCOL):
            raise UserError(f"override {word!r}: the protocol or --rig says that")


def wanted_protocols(args: argparse.Namespace) -> list[Protocol]:
    """Return the protocols that the flags choose.

    Raises:
        UserError: If they choose none, or all and some.
        ValueError: If one is unknown.
    """
    if args.all and args.protocol:
        raise UserError("give --all or --protocol, not both")
    if not args.all and not args.protocol:
        raise UserError(f"--protocol is missing; protocols: {', '.join(protocols())}")
    return list(protocols().values()) if args.all else chosen_protocols(args.protocol)
