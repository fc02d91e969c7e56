"""Run a policy on the protocols of the field, record every trial, print the metrics with their intervals.

python scripts/evaluate.py --policy random --protocol P1/case2 --trials 100 --seed 0 --out runs/random
"""

from __future__ import annotations

from pushgrasp.program import readable_errors


def main() -> None:
    """Run the script."""
    with readable_errors():
        from pg_tasks.app.quiet_start import quiet

        with quiet():
            from pg_tasks.evaluate.command import run

        run()


if __name__ == "__main__":
    main()
