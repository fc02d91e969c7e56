"""Record demonstrations for the warm start of the spatial head.

python scripts/demonstrate.py --teacher look_ahead --actions 800 --seed 1 --out demonstrations/1.pt
python scripts/train.py agent.imitation.demonstrations=demonstrations/1.pt,demonstrations/2.pt

The look-ahead tries 8 grasps and 6 pushes in copies of each scene: what they would have been worth is learned from. It
needs physics=mujoco. With ``--checkpoint`` half of what it tries is what that policy prefers: a second round shows it
where it is wrong. Several processes with different seeds share the work. After an interruption the same command goes
on and ends with the same file; what was recorded is written every 32 actions.
"""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from pushgrasp.program import advised, readable_errors


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script."""
    with readable_errors():
        from pg_tasks.app.arguments import make_parser, parse, positive
        from pg_tasks.app.teachers import TEACHERS, check_judge, checkpoint_judge, make_teacher

        parser = make_parser(__doc__ or "")
        parser.add_argument("--teacher", choices=TEACHERS, default="look_ahead", help="who shows (default: look_ahead)")
        parser.add_argument("--actions", type=positive, default=640, help="actions to record (default: 640)")
        parser.add_argument("--checkpoint", help="a policy whose choices to try: pretrained, latest, best, or a file")
        parser.add_argument("--out", type=Path, required=True, help="file to write, or to go on with")
        args, overrides = parse(parser, argv)
        from pg_tasks.app import session
        from pg_tasks.app.checkpoints import readable_checkpoint
        from pg_tasks.app.demonstrations import begun, save
        from pg_tasks.app.recording import Recording, demonstrate, recording_settings
        from pg_tasks.app.vec_env import ImageVecEnv
        from pushgrasp.console import Console
        from pushgrasp.evaluation.digests import file_digest

        env_cfg, agent_cfg = session.resolve(args, overrides)
        if args.checkpoint:
            check_judge(args.teacher, agent_cfg.head)
        checkpoint = args.checkpoint and readable_checkpoint(agent_cfg, args.checkpoint, None)
        weights = file_digest(checkpoint) if checkpoint else None
        settings = recording_settings(args.teacher, args.actions, agent_cfg.seed, env_cfg, weights)
        recording = begun(args.out, settings) if args.out.exists() else Recording(settings)
        repeated = len(recording.done) * env_cfg.scene.num_envs
        args.out.parent.mkdir(parents=True, exist_ok=True)
        words = sys.argv[1:] if argv is None else argv
        about = {"command": f"python scripts/demonstrate.py {shlex.join(words)}", "seed": agent_cfg.seed}
        console, begin = Console(), time.monotonic()
        with session.environment(args, env_cfg) as env, advised(lambda: f"the same command goes on with {args.out}"):

            def on_part(done: int) -> None:
                save(args.out, recording.joined(), {**about, "actions": done}, recording)
                left = (time.monotonic() - begin) / (done - repeated) * (args.actions - done)
                console.print(f"{done} of {args.actions} actions, ETA {timedelta(seconds=round(left))}")

            judge = checkpoint and checkpoint_judge(env, agent_cfg, checkpoint)
            teacher = make_teacher(args.teacher, env, agent_cfg.seed, judge)
            shown = demonstrate(env, ImageVecEnv(env), teacher, args.actions, recording, on_part)
            save(args.out, shown, {**about, "actions": args.actions})
        console.print(f"{len(shown)} scenes in {args.out}")


if __name__ == "__main__":
    main()
