"""Train a push-grasp policy, then compare it with a random policy on the same scenes.

python scripts/train.py --task DualArmPushGrasp --method pg4da
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

from pushgrasp.program import UserError, advised, readable_errors


def parse_args(argv: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """Return flags and overrides."""
    from pg_tasks.app.arguments import make_parser, parse
    from pg_tasks.app.parser import not_negative, positive

    parser = make_parser(__doc__ or "")
    parser.add_argument("--method", default="pg4da", help="what to train (default: pg4da)")
    parser.add_argument("--max_iterations", type=positive, help="iterations in all (default: the agent's)")
    parser.add_argument(
        "--stage",
        help="pg4da: push_grasp, the task's scenes (default); grasp, scattered blocks; all, one after the other; "
        "epg: grasp, from tried grasps; push, with the nets of the stage grasp; switch, mpg, opg: grasp, from tried "
        "grasps (opg: amodal, too), then without --stage",
    )
    parser.add_argument("--run_name", help="text after the date in the run folder's name")
    parser.add_argument("--checkpoint", help="continue from: pretrained, latest, best, a file or a run's folder")
    parser.add_argument("--resume", action="store_true", help="as --checkpoint latest, as in Isaac Lab 2")
    parser.add_argument("--load_run", help="continue from this run: folder, name or pattern")
    parser.add_argument(
        "--distributed", action="store_true", help="one process per device under torchrun; on the CPU: gloo"
    )
    parser.add_argument(
        "--trials", type=not_negative, default=20, help="trials of the comparison at the end; 0 leaves it out"
    )
    parser.add_argument("--trial_seed", type=int, default=1000, help="seed of the comparison's scenes")
    parser.add_argument("--pictures", action="store_true", help="write an action in pictures at the end")
    parser.add_argument("--video", action="store_true", help="write an MP4 of a trial of the trained policy at the end")
    return parse(parser, argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script."""
    with readable_errors():
        words = sys.argv[1:] if argv is None else argv
        args, overrides = parse_args(words)
        from pg_tasks.app import session, video
        from pg_tasks.app.checkpoints import find_checkpoint
        from pg_tasks.app.decision_pictures import write_decision
        from pg_tasks.app.play import compare, record_trial
        from pg_tasks.training.trainer import make_trainer, removed_on_failure, run_folder
        from pushgrasp.console import Console
        from pushgrasp.interrupt import exit_status
        from pushgrasp.learning import distributed

        env_cfg, agent_cfg = session.resolve(args, overrides)
        if args.max_iterations is not None:
            agent_cfg.max_iterations = args.max_iterations
        agent_cfg.set_stage(args.stage, env_cfg)
        agent_cfg.run_name = args.run_name or agent_cfg.run_name
        checkpoint = find_checkpoint(args, agent_cfg)
        trainer = make_trainer(args.method, env_cfg, agent_cfg, checkpoint)
        if args.video:
            video.add_video_camera(env_cfg)
        rank = _join(args, env_cfg, agent_cfg)
        folder = run_folder(agent_cfg, env_cfg) if rank == 0 else None
        console = Console(quiet=rank != 0)
        with session.environment(args, env_cfg, folder and folder.root / "start.log") as env:
            with removed_on_failure(folder):
                completed = trainer.begin(env, folder and folder.root, console, words)
            if checkpoint is not None:
                console.print(f"Continuing from {checkpoint}, iteration {completed}")
            if folder is not None:
                console.print(f"Run folder: {folder.root}")
            outcome = trainer.train()
            distributed.leave_group()
            if outcome.interrupted:
                raise SystemExit(exit_status())
            if folder is None:
                return
            with advised(lambda: f"the training is finished; for what comes after it: {trainer.how_to_resume()}"):
                console.print(trainer.export(folder.exported))
                policy = trainer.policy()
                if policy is None:
                    return
                if args.trials:
                    compare(env, policy, args.trials, args.trial_seed, console)
                if args.pictures:
                    pictures = write_decision(env, policy, folder.root / "pictures", args.trial_seed)
                    console.print(f"Pictures: {pictures}")
                if args.video:
                    path = folder.root / "videos" / f"trained_{outcome.iteration}.mp4"
                    record_trial(env, policy, path, args.trial_seed)
                    console.print(f"Video: {path}")


def _join(args: argparse.Namespace, env_cfg: Any, agent_cfg: Any) -> int:  # noqa: ANN401
    """Give each process of a distributed run its own scenes and device; return the process's rank."""
    from pushgrasp.learning import distributed

    if not args.distributed:
        return 0
    if "RANK" not in os.environ:
        raise UserError("--distributed needs torchrun: torchrun --nproc_per_node=2 scripts/train.py --distributed")
    env_cfg.seed = distributed.rank_seed(env_cfg.seed)
    env_cfg.sim.device = distributed.rank_device(env_cfg.sim.device)
    agent_cfg.device = distributed.rank_device(agent_cfg.device)
    return distributed.rank()


if __name__ == "__main__":
    main()
