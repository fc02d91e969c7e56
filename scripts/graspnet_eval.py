"""Average precision of predicted grasps on GraspNet-1Billion, by graspnetAPI's own code.

python scripts/graspnet_eval.py graspnet --camera kinect --weights FILE --processes 8
python scripts/graspnet_eval.py mini --camera kinect --weights FILE
python scripts/graspnet_eval.py mini --camera kinect --source labels     what a perfect net would reach

Needs the extra of docs/graspnet.md. The protocol is the published one: 50 grasps of each picture, friction 0.2 to 1.2,
splits of seen, similar and novel objects. Without --weights the net starts at random. A run that was stopped keeps the
scenes that are scored.
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
    from pushgrasp.console import Console
    from pushgrasp.grasping.graspnet.evaluation import Precision
    from pushgrasp.grasping.graspnet.protocol import GraspSource, Selection

LABEL_FRICTION = 0.2
"""Labels that --source labels takes."""


def make_parser() -> Parser:
    """Return the parser."""
    from pg_tasks.app.crew import add_crew_flags
    from pg_tasks.app.parser import Parser

    parser = Parser(__doc__)
    parser.add_argument("root", type=Path, metavar="ROOT", help="folder of the dataset: it holds 'scenes'")
    parser.add_argument("--camera", default="kinect", help="kinect or realsense (default: kinect)")
    parser.add_argument(
        "--splits", nargs="+", default=["seen", "similar", "novel"], help="(default: seen similar novel)"
    )
    parser.add_argument("--views", type=int, help="pictures of each scene, evenly spread (default: all, as published)")
    sources = ("avn", "labels", "random")
    parser.add_argument(
        "--source", choices=sources, default="avn", help="the net, the dataset's labels, or chance (default: avn)"
    )
    parser.add_argument("--weights", type=Path, metavar="FILE", help="weights of the net (default: a random start)")
    parser.add_argument("--encoder", help="encoder of a random start (default: resnet50)")
    parser.add_argument("--seed", type=int, default=0, help="seed of all chance (default: 0)")
    add_crew_flags(parser)
    parser.add_argument(
        "--dumps", type=Path, metavar="DIR", help="folder of grasps and scores (default: logs/graspnet/<source>)"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the script."""
    with readable_errors():
        args = make_parser().parse_args(argv)
        from pushgrasp.console import Console
        from pushgrasp.grasping.graspnet.protocol import Selection

        selection = Selection(args.root, args.camera, tuple(args.splits), args.views)
        selection.require()
        try:
            _report(_evaluated(selection, args, Console()), args, Console())
        except ImportError as error:
            raise UserError(str(error)) from error


def _source(args: argparse.Namespace) -> GraspSource:
    """What makes the grasps."""
    from pushgrasp.grasping.graspnet.protocol import LabelGrasps, NetGrasps, RandomGrasps
    from pushgrasp.policies.pg4da.backbone.avn import build_backbone

    if args.source != "avn" and args.weights is not None:
        raise UserError(f"--weights belong to --source avn, not to --source {args.source}")
    if args.source == "labels":
        return LabelGrasps(LABEL_FRICTION, args.seed)
    if args.source == "random":
        return RandomGrasps(args.seed)
    return NetGrasps(build_backbone(args.weights, args.seed, frozen=True, encoder=args.encoder))


def _evaluated(selection: Selection, args: argparse.Namespace, console: Console) -> dict[str, list[Precision]]:
    """Precision of the scenes of each split."""
    import numpy as np

    from pg_tasks.app.crew import all_results
    from pushgrasp.grasping.graspnet.evaluation import Precision
    from pushgrasp.grasping.graspnet.protocol import scoring
    from pushgrasp.jobs.identity import claim_folder

    dumps = args.dumps or Path("logs") / "graspnet" / args.source
    source = _source(args)
    claim_folder(dumps / "identity.json", _identity(args), "predicted grasps")
    _predict(selection, source, dumps, console)
    values = all_results(scoring(selection, dumps), dumps / "scores.jsonl", args, console)
    return {
        split: [Precision(np.array(values[scene])) for of, scene in selection.scenes() if of == split]
        for split in selection.splits
    }


def _identity(args: argparse.Namespace) -> dict[str, object]:
    """What grasps and scores follow from; of the dataset, where it lies. Chance goes on from scene to scene."""
    from pushgrasp.evaluation.digests import file_digest

    weights = args.weights and file_digest(args.weights)
    names = ("camera", "splits", "views", "source", "encoder", "seed")
    return {"root": str(args.root.resolve()), "weights": weights, **{name: getattr(args, name) for name in names}}


def _predict(selection: Selection, source: GraspSource, dumps: Path, console: Console) -> None:
    """Write the grasps of all pictures, and show how far that is."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from pushgrasp.grasping.graspnet.protocol import predict

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, disable=not console.is_screen) as bar:
        task = bar.add_task("scenes predicted", total=None)
        for done, total in predict(selection, source, dumps):
            bar.update(task, completed=done, total=total)


def _report(found: dict[str, list[Precision]], args: argparse.Namespace, console: Console) -> None:
    """Print AP in percent, as the field does."""
    from rich.table import Table

    from pushgrasp.grasping.graspnet.evaluation import joined

    name = args.source if args.source != "avn" else f"avn, {args.weights or 'random weights'}"
    table = Table(title=f"{name}; {args.camera}")
    for heading in ("split", "pictures", "AP", "AP_0.8", "AP_0.4"):
        table.add_column(heading, justify="left" if heading == "split" else "right")
    for split, parts in found.items():
        precision = joined(parts)
        numbers = precision.ap, precision.at(0.8), precision.at(0.4)
        table.add_row(split, str(len(precision.values)), *(f"{100 * number:.2f}" for number in numbers))
    console.table(table)


if __name__ == "__main__":
    main(sys.argv[1:])
