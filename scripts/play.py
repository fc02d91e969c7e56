"""Play a policy, by default a trained one, and print what happens, trial by trial.

python scripts/play.py --task DualArmPushGrasp --checkpoint pretrained --video
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

from pushgrasp.program import readable_errors


def parse_args(argv: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """Return flags and overrides."""
    from pg_tasks.app.arguments import TIME_BUDGET, make_parser, parse
    from pg_tasks.app.parser import positive, seconds

    parser = make_parser(__doc__ or "")
    parser.add_argument(
        "--checkpoint", default="latest", help="pretrained, latest (default), best, a file or a run's folder"
    )
    parser.add_argument("--policy", help="play another policy than a checkpoint's: heuristic, twin, twin:WEIGHTS, ...")
    parser.add_argument("--time_budget", type=seconds, help=TIME_BUDGET)
    parser.add_argument("--load_run", help="run to look for the checkpoint in: folder, name or pattern")
    parser.add_argument("--trials", type=positive, default=5, help="how many scenes")
    parser.add_argument("--trial_seed", type=int, default=1000, help="which scenes")
    parser.add_argument("--video", action="store_true", help="write an MP4 of world 0 into the run folder")
    return parse(parser, argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script."""
    with readable_errors():
        args, overrides = parse_args(argv)
        args.num_envs = args.num_envs or 1
        from pg_tasks.app import session, video
        from pg_tasks.app.checkpoints import LOG_ROOT
        from pg_tasks.app.play import play
        from pg_tasks.app.policies import choose_policy, make_policy
        from pushgrasp.console import Console
        from pushgrasp.policies.pg4da.pretrained import PRETRAINED

        env_cfg, agent_cfg = session.resolve(args, overrides)
        word = args.policy or args.checkpoint
        chosen = choose_policy(word, agent_cfg, args.load_run, args.time_budget, overrides)
        if args.video:
            video.add_video_camera(env_cfg)
        console = Console()
        with session.environment(args, env_cfg) as env, contextlib.ExitStack() as stack:
            policy = make_policy(chosen, env)
            console.print(f"Playing {chosen.name if args.policy else chosen.checkpoint}")
            if args.video:
                file = chosen.checkpoint
                is_run = file is not None and not args.policy and word != PRETRAINED
                folder = file.parent if file is not None and is_run else LOG_ROOT / agent_cfg.experiment_name
                name = file.stem if file is not None and not args.policy else Path(word).name.replace(":", "_")
                path = folder / "videos" / f"play_{name}.mp4"
                stack.enter_context(video.recorded(env, path))
                console.print(f"Video: {path}")
            play(env, policy, args.trials, args.trial_seed, console)


if __name__ == "__main__":
    main(sys.argv[1:])
