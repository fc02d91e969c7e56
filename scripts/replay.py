"""Do every action of an evaluation again, each from the state in its record, in this or another physics engine.

python scripts/replay.py runs/pretrained/P1_case2 --engine sapien
python scripts/replay.py runs/pretrained/P1_case2 --engine mujoco      # a control: it must agree with the record
python scripts/replay.py runs/pretrained/P1_case2 --processes 2        # shared out; the same results

A run that was stopped goes on where it was when the same command is given again.
"""

from __future__ import annotations

from pushgrasp.program import readable_errors


def main() -> None:
    """Run the script."""
    with readable_errors():
        from pg_tasks.app.quiet_start import quiet

        with quiet():
            from pg_tasks.evaluate.replay import main as replay

        replay(__doc__ or "")


if __name__ == "__main__":
    main()
