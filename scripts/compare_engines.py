"""Compare the same policies in two physics engines: their metrics side by side, and whether both rank them alike.

python scripts/evaluate.py --policy random --protocol P1/case1 --physics mujoco --out runs/mujoco/random   # and others
python scripts/evaluate.py --policy random --protocol P1/case1 --physics sapien --out runs/sapien/random
python scripts/compare_engines.py runs/mujoco runs/sapien
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pushgrasp.program import readable_errors


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script."""
    with readable_errors():
        from pg_tasks.app.parser import Parser
        from pushgrasp.console import Console
        from pushgrasp.evaluation.ranks import engine_table, paired_runs, rank_table
        from pushgrasp.evaluation.runs import read_runs

        parser = Parser(__doc__)
        parser.add_argument("reference", type=Path, help="folder with the runs in the engine that is trusted")
        parser.add_argument("other", type=Path, help="folder with the runs in the other engine")
        args = parser.parse_args(argv)
        pairs = paired_runs(read_runs([args.reference]), read_runs([args.other]))
        Console().table(engine_table(pairs))
        Console().table(rank_table(pairs))


if __name__ == "__main__":
    main()
