"""Command line of ``scripts/make_grasp_data.py``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pg_tasks.app.arguments import not_negative, positive
from pg_tasks.app.parser import Parser
from pushgrasp.console import Console
from pushgrasp.program import UserError, advised

from .jobs import Job, begin, jobs, left_to_do
from .samples import RecipeCfg
from .shapes import HELD_OUT, SPLITS
from .variation import VariationCfg
from .workers import make_shards

COUNTS = {"train": 3000, "val": 300, "test": 300}
"""Samples of each split, if none are named."""


def make_parser(description: str) -> Parser:
    """Return the parser."""
    names = "\n".join(f"  {item.name:<18} {item.default}" for item in fields(VariationCfg))
    epilog = f"what --vary takes, and its defaults (lengths in m, angles in rad):\n{names}\n\n"
    epilog += f"shapes that only the split test shows: {', '.join(HELD_OUT)}"
    parser = Parser(description, epilog=epilog)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder; one that a run has begun is continued"
    )
    for split in SPLITS:
        text = f"samples of the split {split} (default: {COUNTS[split]})"
        parser.add_argument(f"--{split}", type=not_negative, default=COUNTS[split], metavar="N", help=text)
    parser.add_argument("--workers", type=positive, default=1, metavar="N", help="processes (default: 1)")
    parser.add_argument("--seed", type=not_negative, default=0, help="seed of scenes and pictures (default: 0)")
    parser.add_argument(
        "--vary", nargs="+", default=[], metavar="NAME=VALUE", help="how much the pictures differ; see below"
    )
    parser.add_argument(
        "--confirm", type=not_negative, default=0, metavar="N", help="then try N labels of each split in physics"
    )
    parser.add_argument(
        "--friction", type=float, default=0.1, help="tried labels need no more friction than this (default: 0.1)"
    )
    return parser


def main(description: str, argv: Sequence[str]) -> int:
    """Make what is left to make of a data set; return the exit status.

    Raises:
        UserError: If an argument is wrong.
        ValueError: If the folder holds something else, or a shard is corrupt.
    """
    args = make_parser(description).parse_args(argv)
    cfg = RecipeCfg(seed=args.seed, variation=variation(args.vary))
    begin(args.out, cfg)
    everything = jobs(args.out, {split: getattr(args, split) for split in SPLITS})
    todo = left_to_do(everything)
    console = Console()
    total = sum(job.count for job in everything)
    there = total - sum(job.count for job in todo)
    console.print(f"{total} samples in {len(everything)} shards, {there} of them are there: {args.out}")
    if todo:
        workers = min(args.workers, len(todo))
        with advised(lambda: "the same command goes on with the next shard"):
            _follow(make_shards(todo, cfg, workers, args.out), total, there, console)
    if args.confirm:
        _confirm(args, console)
    return 0


def variation(words: Sequence[str]) -> VariationCfg:
    """Settings with the values that words ``name=value`` give.

    Raises:
        UserError: If a word is no such pair or names no setting.
        ValueError: If a value is out of range.
    """
    known = [item.name for item in fields(VariationCfg)]
    values: dict[str, float] = {}
    for word in words:
        name, _, text = word.partition("=")
        if name not in known:
            raise UserError(f"--vary {word}: no setting {name!r}; settings: {', '.join(known)}")
        try:
            values[name] = float(text)
        except ValueError:
            raise UserError(f"--vary {word}: {text!r} is no number") from None
    return VariationCfg(**values)


def _follow(made: Iterable[tuple[Job, int]], total: int, there: int, console: Console) -> None:
    """Show the progress: a bar on a terminal, elsewhere a line per shard."""
    counts: dict[Job, int] = {}
    start = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_screen) as bar:
        task = bar.add_task("samples", total=total, completed=there)
        for job, count in made:
            counts[job] = count
            done = sum(counts.values())
            speed = done / max(time.monotonic() - start, 1e-9)
            bar.update(task, completed=there + done, description=f"{60 * speed:.0f} a minute")
            if count == job.count and not console.is_screen:
                rest = (total - there - done) / speed / 60
                console.print(
                    f"{job.split}/{job.path.name}: {there + done} of {total} samples, {60 * speed:.0f} a minute, "
                    f"{rest:.0f} min left",
                )


def _confirm(args: argparse.Namespace, console: Console) -> None:
    """Try labels in physics, each split in a process of its own: the simulator exists once per process."""
    from multiprocessing import get_context

    for split in SPLITS:
        if getattr(args, split):
            with get_context("spawn").Pool(1) as pool_:
                tried, lifted, alone = pool_.apply(
                    _confirm_quietly, (args.out / split, args.confirm, args.friction, args.out / "confirm.log")
                )
            console.print(
                f"{split}: {lifted} of {tried} labels with friction up to {args.friction} lift their object "
                f"({lifted / max(tried, 1):.0%}), {alone} nothing else",
            )


def _confirm_quietly(folder: Path, count: int, friction: float, log: Path) -> tuple[int, int, int]:
    with log.open("a") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    from .confirmation import confirm

    sys.argv = sys.argv[:1]
    return confirm(folder, count, (-1.0, friction))
