"""Play a trained policy and print what happens, trial by trial.

python scripts/play.py --task DualArmPushGrasp --checkpoint pretrained --video
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Sequence

from pushgrasp.program import readable_errors


def parse_args(argv: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """Return flags and overrides."""
    from pg_tasks.app.arguments import make_parser, parse, positive

    parser = make_parser(__doc__ or "")
    parser.add_argument(
        "--checkpoint", default="latest", help="pretrained, latest (default), best, a file or a run's folder"
    )
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
        from pg_tasks.app import session, training, video
        from pg_tasks.app.checkpoints import LOG_ROOT, readable_checkpoint
        from pg_tasks.app.policies import ChosenPolicy, make_policy
        from pushgrasp.console import Console
        from pushgrasp.policies.pg4da.pretrained import PRETRAINED

        env_cfg, agent_cfg = session.resolve(args, overrides)
        checkpoint = readable_checkpoint(agent_cfg, args.checkpoint, args.load_run)
        if args.video:
            video.add_video_camera(env_cfg)
        console = Console()
        with session.environment(args, env_cfg) as env, contextlib.ExitStack() as stack:
            policy = make_policy(ChosenPolicy(checkpoint.stem, checkpoint), env, agent_cfg)
            console.print(f"Playing {checkpoint}")
            if args.video:
                own = LOG_ROOT / agent_cfg.experiment_name
                folder = own if args.checkpoint == PRETRAINED else checkpoint.parent
                path = folder / "videos" / f"play_{checkpoint.stem}.mp4"
                stack.enter_context(video.recorded(env, path))
                console.print(f"Video: {path}")
            training.play(env, policy, args.trials, args.trial_seed, console)


if __name__ == "__main__":
    main(sys.argv[1:])
