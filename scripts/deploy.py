"""Let a policy see and move a real cell: two UR5e with Robotiq grippers, or one, under an RGB-D camera.

python scripts/deploy.py --cell cell.yaml --check
python scripts/deploy.py --cell cell.yaml --policy pretrained --target green
python scripts/deploy.py --cell cell.yaml --policy pretrained --target green --execute

Nothing moves without --execute, and then only after a word has been typed. No real arm has ever been moved by this
program: read docs/deploy.md first. To try it without a robot: scripts/fake_cell.py.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pushgrasp.program import UserError, readable_errors

if TYPE_CHECKING:
    import argparse

    from pg_tasks.app.parser import Parser

LOGS = Path("logs/deploy")
"""Where sessions are kept."""


def make_parser() -> Parser:
    """Return the parser."""
    from pg_tasks.app.parser import Parser

    parser = Parser(__doc__)
    parser.add_argument("--cell", type=Path, metavar="FILE", help="the cell's file; examples: assets/cells")
    parser.add_argument(
        "--policy",
        default="pretrained",
        metavar="NAME",
        help="pretrained, twin, heuristic, a .pt, or module:Class",
    )
    parser.add_argument(
        "--time_budget", type=float, metavar="S", help="policy twin: seconds after which it tries nothing more"
    )
    parser.add_argument(
        "--target",
        default="green",
        metavar="WORD",
        help="a colour, all (clear the table), browser (on a page), click:COLUMN,ROW, box:L,T,R,B or mask:FILE",
    )
    parser.add_argument(
        "--port", type=int, default=8080, metavar="N", help="of the page of --target browser (default: 8080)"
    )
    parser.add_argument(
        "--sam2", type=Path, metavar="FOLDER", help="your weights of SAM 2, to find the target's outline"
    )
    parser.add_argument("--execute", action="store_true", help="move, after a word has been typed")
    parser.add_argument("--once", action="store_true", help="one action only")
    parser.add_argument("--max_actions", type=int, default=15, metavar="N", help="actions at most (default: 15)")
    parser.add_argument("--speed", type=float, default=1.0, metavar="S", help="share of the cell's speeds, at most 1")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of what the policy draws (default: 0)")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="the session's log (default: logs/deploy/DATE)")
    parser.add_argument("--check", action="store_true", help="print what is there of all devices, and end")
    parser.add_argument("--replay", type=Path, metavar="FOLDER", help="decide again on what a session has seen")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script."""
    with readable_errors():
        args = make_parser().parse_args(argv)
        from pushgrasp.deploy.devices import DeviceFault

        try:
            status = _run(args)
        except DeviceFault as fault:
            raise UserError("; ".join([str(fault), *getattr(fault, "__notes__", ())])) from fault
        sys.exit(status)


def _run(args: argparse.Namespace) -> int:
    """Do what was asked; return the exit status."""
    from pushgrasp.console import Console
    from pushgrasp.deploy.checking import check_cell
    from pushgrasp.deploy.replaying import replay
    from pushgrasp.deploy.run import Order, Person, run
    from pushgrasp.deploy.target import parse_target

    if args.replay is not None:
        return 0 if replay(args.replay, print) else 1
    if args.cell is None:
        raise UserError("--cell FILE is needed; examples are in assets/cells")
    if args.check:
        return 0 if check_cell(args.cell, Console().table) else 1
    if args.max_actions < 1:
        raise UserError(f"--max_actions {args.max_actions}: 1 or more is needed")
    order = Order(
        cell=args.cell,
        policy=args.policy,
        target=parse_target(args.target),
        out=args.out or LOGS / datetime.now().strftime("%Y-%m-%d_%H-%M-%S"),
        execute=args.execute,
        max_actions=1 if args.once else args.max_actions,
        speed=args.speed,
        seed=args.seed,
        time_budget=args.time_budget,
        sam2=args.sam2,
        port=args.port,
    )
    done = run(order, Person(lambda line: print(line, flush=True), input))
    return 0 if done or not args.execute else 1


if __name__ == "__main__":
    main()
