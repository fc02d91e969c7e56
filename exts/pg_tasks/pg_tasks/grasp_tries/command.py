"""Command line of ``scripts/try_grasps.py``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pg_tasks.agents.epg_cfg import EpgCfg
from pg_tasks.app.checkpoints import readable_checkpoint
from pg_tasks.app.crew import add_crew_flags, do_units
from pg_tasks.app.parser import Parser, not_negative, positive
from pushgrasp.console import Console
from pushgrasp.files.atomic import atomic_write
from pushgrasp.jobs.job import Job
from pushgrasp.policies.maps.tries import read_tries
from pushgrasp.program import UserError, advised

from .picture import write_page
from .shards import SCENES, Recipe, missing_shards, open_tries, shard_path


def make_parser(description: str) -> Parser:
    """Return the parser."""
    parser = Parser(description)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder; one that a run has begun is continued"
    )
    parser.add_argument("--scenes", type=positive, default=400, help=f"multiple of {SCENES} (default: 400)")
    parser.add_argument("--tries", type=positive, default=64, help="grasps per scene, about (default: 64)")
    parser.add_argument(
        "--checkpoint",
        help="weights of epg (pretrained, latest, best, or a file) whose preferred grasps are half of those tried",
    )
    add_crew_flags(parser, "--workers")
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
    checkpoint = readable_checkpoint(EpgCfg(), args.checkpoint, None) if args.checkpoint else None
    recipe, console = Recipe.of(args.seed, args.tries, checkpoint), Console()
    shards = args.scenes // SCENES
    missing = missing_shards(args.out, shards, recipe)
    console.print(f"{args.scenes} scenes in {shards} files, {shards - len(missing)} of them are there: {args.out}")
    if missing:
        with advised(lambda: "the same command goes on with the next file"):
            _make(missing, recipe, args, console)
    page = args.out / "tried_grasps.png"
    write_page(page, read_tries(shard_path(args.out, 0)))
    console.print(f"Picture: {page}")
    return 0


def _make(missing: list[int], recipe: Recipe, args: argparse.Namespace, console: Console) -> None:
    """Make shards, and write each when it is whole."""
    job = Job("tried grasps", "shard", tuple(missing), partial(open_tries, recipe))

    def keep(number: int, content: bytes) -> None:
        atomic_write(shard_path(args.out, number), lambda file: file.write(content))

    do_units(job, keep, args.out, args, console, dict.fromkeys(missing, SCENES), "scenes")
