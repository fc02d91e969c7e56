"""Command line of ``scripts/make_grasp_data.py``."""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path

from pg_tasks.app.crew import add_crew_flags, do_units
from pg_tasks.app.parser import Parser, not_negative
from pushgrasp.console import Console
from pushgrasp.files.atomic import atomic_write
from pushgrasp.jobs.job import Job
from pushgrasp.program import UserError, advised

from .confirmation import WORLDS, labels_to_try, open_tries
from .plan import Shard, all_shards, begin, left_to_do
from .samples import RecipeCfg
from .shapes import HELD_OUT, SPLITS
from .variation import VariationCfg
from .worker import open_shards

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
    add_crew_flags(parser, "--workers")
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
    everything = all_shards(args.out, {split: getattr(args, split) for split in SPLITS})
    todo = left_to_do(everything)
    console = Console()
    total = sum(shard.count for shard in everything)
    there = total - sum(shard.count for shard in todo)
    console.print(f"{total} samples in {len(everything)} shards, {there} of them are there: {args.out}")
    if todo:
        with advised(lambda: "the same command goes on with the next shard"):
            _make(todo, cfg, args, console)
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


def _make(todo: list[Shard], cfg: RecipeCfg, args: argparse.Namespace, console: Console) -> None:
    """Make shards, and write each when it is whole."""
    job = Job("grasp data", "shard", tuple(range(len(todo))), partial(open_shards, todo, cfg))

    def keep(number: int, content: bytes) -> None:
        atomic_write(todo[number].path, lambda file: file.write(content))

    do_units(job, keep, args.out, args, console, {number: todo[number].count for number in job.numbers}, "samples")


def _confirm(args: argparse.Namespace, console: Console) -> None:
    """Try labels of each split in physics, and tell how many lift their object."""
    splits = [split for split in SPLITS if getattr(args, split)]
    drawn = {split: labels_to_try(args.out / split, args.confirm, (-1.0, args.friction)) for split in splits}
    groups = [(split, group) for split in splits for group in itertools.batched(drawn[split], WORLDS)]
    begin = partial(open_tries, [group for _, group in groups])
    job = Job("confirmation", "group", tuple(range(len(groups))), begin)
    lifted, alone = Counter[str](), Counter[str]()

    def keep(number: int, counts: tuple[int, int]) -> None:
        lifted[groups[number][0]] += counts[0]
        alone[groups[number][0]] += counts[1]

    sizes = {number: len(group) for number, (_, group) in enumerate(groups)}
    do_units(job, keep, args.out, args, console, sizes, "labels")
    for split, tried in drawn.items():
        console.print(
            f"{split}: {lifted[split]} of {len(tried)} labels with friction up to {args.friction} lift their object "
            f"({lifted[split] / max(len(tried), 1):.0%}), {alone[split]} nothing else",
        )
