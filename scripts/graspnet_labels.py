"""Turn GraspNet-1Billion into labelled pictures for the angle-view net.

python scripts/graspnet_labels.py graspnet --camera kinect --split train --out grasp_data/graspnet
python scripts/graspnet_labels.py graspnet --camera realsense --split train --views 32 --out grasp_data/graspnet

Needs the extra of docs/graspnet.md. Pictures that were converted before are left as they are: interrupted, the same
command goes on. scripts/train_avn.py --data takes the folder.
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

    parser = Parser(__doc__)
    parser.add_argument("root", type=Path, metavar="ROOT", help="folder of the dataset: it holds 'scenes'")
    parser.add_argument("--camera", default="kinect", help="kinect or realsense (default: kinect)")
    parser.add_argument("--split", default="train", help="train, seen, similar or novel (default: train)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the shards; it is made")
    parser.add_argument("--views", type=int, help="pictures of each scene, evenly spread (default: all)")
    parser.add_argument("--friction", type=float, default=0.4, help="leave out grasps that need more (default: 0.4)")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script."""
    with readable_errors():
        args = make_parser().parse_args(argv)
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        from pushgrasp.console import Console
        from pushgrasp.grasping.graspnet.labels import convert

        console, labels, done = Console(), 0, 0
        columns = TextColumn("pictures"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        try:
            with Progress(*columns, console=console, disable=not console.is_screen) as bar:
                task = bar.add_task("", total=None)
                for state in convert(args.root, args.camera, args.split, args.out, args.friction, args.views):
                    bar.update(task, completed=state.done, total=state.total)
                    done, labels = state.done, state.labels
        except ImportError as error:
            raise UserError(str(error)) from error
        console.print(f"{done} pictures, {labels} labels written now: {args.out}")


if __name__ == "__main__":
    main(sys.argv[1:])
