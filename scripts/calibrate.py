"""Calibrate a cell: two arms, or one, and the overhead camera. Nothing here moves an arm.

python scripts/calibrate.py board cell                 write cell/board.pdf to print, and cell/board.json
python scripts/calibrate.py poses cell --cell FILE     list poses for the arms, each with the board in its gripper
python scripts/calibrate.py record cell left --cell FILE
                                                       take pictures and readings: left, right, table, touch
python scripts/calibrate.py solve cell                 pictures and readings -> report.html, calibration.json
python scripts/calibrate.py check cell                 touch test: what to do, then what came of it
python scripts/calibrate.py widths left_widths.json    width table of a gripper

The folder "cell" holds camera.json (fx fy cx cy width height), left/ and right/ with pictures and poses.json, and
table/ with pictures of the board lying on the table, first in the middle of the workspace. Each file is described in
source/pushgrasp/deploy/calibration/folder.py. Metres, radians.
"""

from __future__ import annotations

import argparse
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
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        if name != "widths":
            sub.add_argument("folder", type=Path, metavar="FOLDER", help="folder of the calibration")
        return sub

    _add_board_flags(add("board", "write a ChArUco board to print, to scale"))
    poses = add("poses", "list poses in which to show the board to the camera, all within reach")
    poses.add_argument("--count", type=int, default=15, help="poses of each arm (default: 15)")
    poses.add_argument("--tilt", type=float, default=29.0, help="how far the board leans [degrees] (default: 29)")
    record = add("record", "take pictures and readings while people move the arms; arms are listened to only")
    record.add_argument("what", metavar="WHAT", help="name of an arm, table, or touch")
    for sub in (poses, record):
        sub.add_argument("--cell", type=Path, required=True, metavar="FILE", help="the cell's file, with rough poses")
    add("solve", "solve the pictures and readings of a folder, and write a report")
    add("check", "say how the touch test is done; with touch.json, judge it")
    widths = add("widths", "judge a gripper's measured openings; without a file, say which to measure")
    widths.add_argument("file", type=Path, nargs="?", metavar="FILE", help='[{"pos": 3, "width": 0.1402}, ...]')
    return parser


def _add_board_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--columns", type=int, default=7, help="squares from left to right (default: 7)")
    parser.add_argument("--rows", type=int, default=5, help="squares from top to bottom (default: 5)")
    parser.add_argument("--square", type=float, default=0.035, help="side of a square [m] (default: 0.035)")
    parser.add_argument("--marker", type=float, default=0.026, help="side of a marker [m] (default: 0.026)")
    parser.add_argument("--dictionary", default="4X4_50", help="dictionary of the markers (default: 4X4_50)")
    parser.add_argument("--thickness", type=float, default=0.003, help="thickness of the plate [m] (default: 0.003)")


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script."""
    with readable_errors():
        args = make_parser().parse_args(argv)
        from pushgrasp.deploy.devices import DeviceFault

        try:
            _run(args)
        except DeviceFault as fault:
            raise UserError(str(fault)) from fault


def _run(args: argparse.Namespace) -> None:
    """Do what was asked."""
    from pushgrasp.deploy.calibration import commands
    from pushgrasp.deploy.calibration.board import BoardCfg
    from pushgrasp.deploy.settings import read_cell

    if args.command == "board":
        names = ("columns", "rows", "square", "marker", "dictionary", "thickness")
        commands.make_board(args.folder, BoardCfg(**{name: getattr(args, name) for name in names}))
    elif args.command == "poses":
        if args.count < 1:
            raise UserError(f"--count {args.count}: at least 1 is needed")
        commands.list_poses(args.folder, read_cell(args.cell), args.tilt, args.count)
    elif args.command == "record":
        commands.record(args.folder, read_cell(args.cell), args.what)
    elif args.command == "solve":
        commands.solve_folder(args.folder)
    elif args.command == "check":
        commands.check_folder(args.folder)
    else:
        commands.check_widths(args.file)


if __name__ == "__main__":
    main(sys.argv[1:])
