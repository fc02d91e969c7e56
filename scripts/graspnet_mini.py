"""Write a miniature dataset in the layout of GraspNet-1Billion, of this project's shapes.

python scripts/graspnet_mini.py --out mini
python scripts/graspnet_mini.py --out mini --scenes 3 --views 4 --points 60

Needs the extra of docs/graspnet.md. graspnetAPI reads and scores what it writes; scripts/graspnet_labels.py and
scripts/graspnet_eval.py take it as they take the published data.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pushgrasp.program import UserError, readable_errors

if TYPE_CHECKING:
    from pg_tasks.app.parser import Parser


def make_parser() -> Parser:
    """Return the parser."""
    from pg_tasks.app.parser import Parser
    from pushgrasp.grasping.graspnet.layout import CAMERAS, SPLITS

    parser = Parser(__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to; it is made")
    parser.add_argument("--scenes", type=int, default=1, help="scenes of each split (default: 1)")
    parser.add_argument("--views", type=int, default=2, help="pictures per scene and camera (default: 2)")
    parser.add_argument("--objects", type=int, default=6, help="objects of each scene, up to 7 (default: 6)")
    parser.add_argument("--points", type=int, default=24, help="labelled points per object (default: 24)")
    parser.add_argument("--height", type=int, default=360, help="rows of the pictures (default: 360, published 720)")
    parser.add_argument("--splits", nargs="+", default=list(SPLITS), choices=list(SPLITS), help="(default: all)")
    parser.add_argument("--cameras", nargs="+", default=list(CAMERAS), choices=CAMERAS, help="(default: both)")
    parser.add_argument("--seed", type=int, default=0, help="seed of all chance (default: 0)")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script."""
    with readable_errors():
        args = make_parser().parse_args(argv)
        from pushgrasp.console import Console
        from pushgrasp.grasping.graspnet.mini.writer import MiniCfg, write_dataset

        numbers = {name: getattr(args, name) for name in ("scenes", "views", "objects", "points", "height", "seed")}
        cfg = MiniCfg(splits=tuple(args.splits), cameras=tuple(args.cameras), **numbers)
        console = Console()
        try:
            for line in write_dataset(args.out, cfg):
                console.print(line)
        except ImportError as error:
            raise UserError(str(error)) from error
        console.print(f"Dataset: {args.out}")


if __name__ == "__main__":
    main(sys.argv[1:])
