"""Draw learning curves from run folders, and print what they come to: reward, success, shares, completion.

python scripts/plot_curves.py warm='logs/rsl_rl/dual_arm_push_grasp/*_a' cold='logs/rsl_rl/dual_arm_push_grasp/*_b'
"""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pushgrasp.program import UserError, readable_errors

if TYPE_CHECKING:
    from pg_tasks.app.parser import Parser


def grouped(words: Sequence[str]) -> dict[str, list[Path]]:
    """Return the run folders by group; ``NAME=FOLDER`` starts a group, and folders without a name join the last one.

    Patterns are expanded here, too: behind ``NAME=`` a shell leaves them alone.
    """
    groups: dict[str, list[Path]] = {}
    for word in words:
        name, mark, folder = word.rpartition("=")
        name = name if mark else next(reversed(groups), "training")
        groups.setdefault(name, []).extend(Path(path) for path in sorted(glob.glob(folder)) or [folder])
    return groups


def make_parser() -> Parser:
    """Return the parser."""
    from pg_tasks.app.parser import Parser

    parser = Parser(__doc__)
    parser.add_argument("runs", nargs="+", metavar="[NAME=]RUN", help="run folders; NAME= starts a group of seeds")
    parser.add_argument("--out", type=Path, default=Path("curves.png"), help="picture to write (default: curves.png)")
    parser.add_argument("--window", type=int, default=5, help="iterations of the running mean, odd (default: 5)")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script."""
    with readable_errors():
        from pushgrasp.console import Console
        from pushgrasp.evaluation.curve_table import curve_table
        from pushgrasp.evaluation.curves import draw_curves, read_curves

        args = make_parser().parse_args(argv)
        if args.window < 1 or args.window % 2 == 0:
            raise UserError(f"--window {args.window}: an odd number is needed")
        groups = {name: [read_curves(run) for run in runs] for name, runs in grouped(args.runs).items()}
        Console().print(f"{curve_table(groups, args.window)}\n\n{draw_curves(groups, args.out, args.window)}")


if __name__ == "__main__":
    main()
