"""Command line of ``scripts/try_grasps.py``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from pg_tasks.app.arguments import not_negative, positive
from pg_tasks.app.parser import Parser
from pushgrasp.console import Console
from pushgrasp.policies.maps.primitives import GraspPrimitiveCfg
from pushgrasp.policies.maps.tries import read_tries
from pushgrasp.program import UserError, advised

from .picture import write_page
from .workers import SCENES, Recipe, make_shards, missing_shards, shard_path


def make_parser(description: str) -> Parser:
    """Return the parser."""
    parser = Parser(description)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder; one that a run has begun is continued"
    )
    parser.add_argument("--scenes", type=positive, default=400, help=f"multiple of {SCENES} (default: 400)")
    parser.add_argument("--tries", type=positive, default=64, help="grasps per scene, about (default: 64)")
    parser.add_argument("--workers", type=positive, default=1, metavar="N", help="processes (default: 1)")
    parser.add_argument("--seed", type=not_negative, default=1, help="seed of scenes and grasps (default: 1)")
    return parser


def main(description: str, argv: Sequence[str]) -> int:
    """Make what is left to make; return the exit status.

    Raises:
        UserError: If an argument is wrong.
        ValueError: If the folder holds shards of another recipe, or a process failed.
    """
    args = make_parser(description).parse_args(argv)
    if args.scenes % SCENES:
        raise UserError(f"--scenes {args.scenes}: a multiple of {SCENES} is needed, the scenes of a file")
    args.out.mkdir(parents=True, exist_ok=True)
    recipe, console = Recipe(args.seed, args.tries, GraspPrimitiveCfg()), Console()
    shards = args.scenes // SCENES
    missing = missing_shards(args.out, shards, recipe)
    console.print(f"{args.scenes} scenes in {shards} files, {shards - len(missing)} of them are there: {args.out}")
    with advised(lambda: "the same command goes on with the next file"):
        _follow(args.out, missing, recipe, min(args.workers, max(len(missing), 1)), console)
    page = args.out / "tried_grasps.png"
    write_page(page, read_tries(shard_path(args.out, 0)))
    console.print(f"Picture: {page}")
    return 0


def _follow(folder: Path, missing: list[int], recipe: Recipe, workers: int, console: Console) -> None:
    """Make shards and print a line for each."""
    start, grasps = time.monotonic(), 0
    for done, number in enumerate(make_shards(folder, missing, recipe, workers) if missing else (), start=1):
        scenes = read_tries(shard_path(folder, number))
        grasps += sum(len(scene.angle) for scene in scenes)
        held = sum(int(scene.lifted.sum()) for scene in scenes) / max(sum(len(scene.angle) for scene in scenes), 1)
        minutes = (time.monotonic() - start) / 60.0
        console.print(
            f"{shard_path(folder, number).name}: {done} of {len(missing)}, {held:.0%} held, "
            f"{grasps / minutes:.0f} grasps a minute, {(len(missing) - done) * minutes / done:.0f} min left"
        )
