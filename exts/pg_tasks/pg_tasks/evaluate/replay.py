"""Actions of an evaluation done again, each from the true state in its record."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from rich.table import Table

from pg_tasks.app.crew import add_crew_flags, all_results, do_units
from pg_tasks.app.parser import Parser, not_negative, positive
from pushgrasp.console import Console
from pushgrasp.evaluation.agreement import Agreement, Replayed, agreement, largest
from pushgrasp.evaluation.table import UNDEFINED, format_share
from pushgrasp.files.atomic import atomic_write
from pushgrasp.files.typed_json import build
from pushgrasp.jobs.identity import claim_folder
from pushgrasp.jobs.job import Job
from pushgrasp.program import advised

from .replayer import Recorded, Replay, Replayer, open_replayer, outcomes, recorded_actions

ENGINES = ("mujoco", "sapien")
"""Presets in which actions can be done again on any machine."""

WORLDS = 8


def make_parser(description: str) -> Parser:
    """Return the parser."""
    parser = Parser(description)
    parser.add_argument("run", type=Path, help="folder of one protocol that scripts/evaluate.py has written")
    parser.add_argument("--engine", choices=ENGINES, default="sapien", help="where to do them (default: sapien)")
    parser.add_argument("--actions", type=positive, metavar="N", help="only the first N actions")
    parser.add_argument(
        "--pictures", type=not_negative, default=12, metavar="N", help="of the N largest disagreements (default: 12)"
    )
    parser.add_argument(
        "--num_envs", type=positive, default=WORLDS, help=f"actions at a time in a process (default: {WORLDS})"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder (default: replay_ENGINE in that of the run)")
    add_crew_flags(parser)
    return parser


def main(description: str, argv: Sequence[str] | None = None) -> None:
    """Run the command line.

    Raises:
        UserError: If something on it is wrong, or an action cannot be done again.
        ValueError: If the records are damaged, or the folder holds something else.
    """
    args = make_parser(description).parse_args(argv)
    chosen = recorded_actions(args.run)[: args.actions]
    console, out = Console(), args.out or args.run / f"replay_{args.engine}"
    worlds = min(args.num_envs, math.ceil(len(chosen) / (args.processes or 1)))
    replay = Replay(args.run, args.engine, worlds, out / "faults")
    identity = replay.identity()
    begin = partial(open_replayer, replay, identity)
    claim_folder(out / "identity.json", identity, "replayed actions")
    with advised(lambda: "the same command goes on"):
        job = Job("replay", "action", tuple(range(len(chosen))), partial(begin, outcomes))
        results = all_results(job, out / "actions.jsonl", args, console)
        found = [build(Replayed, result) for result in results.values()]
        _report(found, f"{args.run}, done again in {args.engine}", out, console)
        paths = _picture_paths(chosen, largest(found, args.pictures), out / "pictures")
        job = Job("replay", "picture", tuple(paths), partial(begin, Replayer.strips))
        _write_pictures(job, paths, out / "pictures", args, console)


def _report(found: Sequence[Replayed], title: str, out: Path, console: Console) -> None:
    """Show how well the engines agree, and write it down with all actions."""
    for line in explosions(found):
        console.print(line)
    kinds = [kind for kind in ("grasp", "push", "move") if any(kind in item.kinds for item in found)]
    agreements = {kind: agreement(found, kind) for kind in kinds}
    console.table(_table(agreements, title))
    content = {
        "agreement": {kind: asdict(item) for kind, item in agreements.items()},
        "actions": [asdict(action) for action in found],
    }
    text = json.dumps(content, indent=1) + "\n"
    atomic_write(out / "agreement.json", lambda file: file.write(text.encode()))


def explosions(found: Sequence[Replayed]) -> list[str]:
    """Return a line for each action whose state is not finite any more."""
    return [
        f"trial {action.trial}, action {action.action + 1}: the state of slots {', '.join(map(str, action.exploded))} "
        "is not finite; the action counts as one that does not agree"
        for action in found
        if action.exploded
    ]


def _table(agreements: dict[str, Agreement], title: str) -> Table:
    table = Table(title=title, caption="95 % intervals; distances of objects that moved then or now")
    for name in ("kind", "same outcome", "only then", "only now", "median distance", "nine of ten within", "objects"):
        table.add_column(name, justify="left" if name == "kind" else "right")
    for kind, item in agreements.items():
        far = (
            UNDEFINED if value is None else f"{1e3 * value:.1f} mm" for value in (item.median_apart, item.most_apart)
        )
        table.add_row(kind, format_share(item.success), str(item.only_then), str(item.only_now), *far, str(item.moved))
    return table


def _picture_paths(chosen: Sequence[Recorded], worst: Sequence[Replayed], folder: Path) -> dict[int, Path]:
    """Files of the pictures of actions, the largest disagreement first, by the actions' numbers."""
    numbers = {(item.trial.trial, item.number): number for number, item in enumerate(chosen)}
    return {
        numbers[item.trial, item.action]: folder / f"{rank:02d}_trial_{item.trial:04d}_action_{item.action + 1}.png"
        for rank, item in enumerate(worst)
    }


def _write_pictures(
    job: Job, paths: Mapping[int, Path], folder: Path, args: argparse.Namespace, console: Console
) -> None:
    """Write the pictures that are not there yet; none of an earlier choice are left in the folder."""
    for path in set(folder.glob("*.png")) - set(paths.values()):
        path.unlink()

    def keep(number: int, picture: bytes) -> None:
        atomic_write(paths[number], lambda file: file.write(picture))

    left = tuple(number for number, path in paths.items() if not path.exists())
    if left:
        folder.mkdir(exist_ok=True)
    do_units(replace(job, numbers=left), keep, folder.parent, args, console)
