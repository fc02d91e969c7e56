"""Agents without a checkpoint, to look at the environment."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

from pushgrasp.program import readable_errors


def main(kind: str, argv: Sequence[str] | None = None) -> None:
    """Run the ``zero`` or the ``random`` agent."""
    with readable_errors():
        args, overrides = _parse_args(kind, argv)
        args.num_envs = args.num_envs or 1
        from pushgrasp.console import Console
        from pushgrasp.policies.registry import METHODS

        from . import session, video
        from .play import play

        env_cfg, _ = session.resolve(args, overrides)
        if args.video:
            video.add_video_camera(env_cfg)
        console = Console()
        with session.environment(args, env_cfg) as env, contextlib.ExitStack() as stack:
            if args.video:
                stack.enter_context(video.recorded(env, args.video))
            play(env, METHODS[kind].make(env), args.trials, args.trial_seed, console)


def _parse_args(kind: str, argv: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    from .arguments import make_parser, parse
    from .parser import positive

    parser = make_parser(f"Run the {kind} agent and print what happens, trial by trial.")
    parser.add_argument("--trials", type=positive, default=2, help="how many scenes")
    parser.add_argument("--trial_seed", type=int, default=1000, help="which scenes")
    parser.add_argument("--video", type=Path, metavar="FILE.mp4", help="write an MP4 of world 0")
    return parse(parser, sys.argv[1:] if argv is None else argv)
