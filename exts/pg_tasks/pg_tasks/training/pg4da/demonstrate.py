"""Command line of ``scripts/demonstrate.py``."""

from __future__ import annotations

import argparse
import itertools
import shlex
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import torch
from tensordict import TensorDict

from pg_tasks.app.arguments import make_parser
from pg_tasks.app.arguments import parse as parse_words
from pg_tasks.app.crew import add_crew_flags, make_crew
from pg_tasks.app.parser import positive
from pushgrasp.console import Console
from pushgrasp.jobs.identity import claim_folder
from pushgrasp.jobs.job import Job
from pushgrasp.jobs.run import work_on
from pushgrasp.jobs.status import JobStatus
from pushgrasp.program import UserError, advised

from .demonstrations import actions_of, load, save
from .episodes import make_lesson, open_episodes
from .teachers import TEACHERS


def parse(description: str, words: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return flags and overrides."""
    parser = make_parser(description)
    parser.add_argument("--teacher", choices=TEACHERS, default="look_ahead", help="who shows (default: look_ahead)")
    parser.add_argument("--actions", type=positive, default=640, help="actions to record, at least (default: 640)")
    parser.add_argument("--checkpoint", help="a policy whose choices to try: pretrained, latest, best, or a file")
    parser.add_argument("--out", type=Path, required=True, help="file to write, or to go on with")
    add_crew_flags(parser)
    return parse_words(parser, words)


def main(description: str, words: Sequence[str]) -> None:
    """Record the episodes 0, 1, 2, ... of a seed until they have enough actions together, and join them.

    Raises:
        UserError: If something on the command line is wrong, or an episode cannot be recorded.
        ValueError: If the folder of the episodes so far holds those of another recording.
    """
    args, overrides = parse(description, words)
    if args.out.exists():
        raise UserError(f"{args.out} is there already; give another file")
    lesson = make_lesson(args, overrides)
    folder = args.out.with_name(f"{args.out.name}.episodes")
    claim_folder(folder / "identity.json", lesson.identity, "demonstrations")
    console = Console()
    with advised(lambda: f"the same command goes on with {folder}"):
        actions = _recorded(args, words, folder, lesson.identity, console)
        shown = load([_path(folder, number) for number in actions])
        command = f"python scripts/demonstrate.py {shlex.join(words)}"
        save(args.out, shown, {"command": command, "seed": lesson.seed, "actions": sum(actions.values())})
    shutil.rmtree(folder)
    console.print(f"{len(shown)} scenes in {args.out}")


def _recorded(
    args: argparse.Namespace, words: Sequence[str], folder: Path, identity: Mapping[str, object], console: Console
) -> dict[int, int]:
    """Record what is missing; return the numbers of actions of the episodes that are needed."""
    there = {int(path.stem.rpartition("_")[2]): actions_of(path) for path in folder.glob("episode_*.pt")}
    left = tuple(number for number in range(args.actions) if number not in there)  # each has an action at least
    begin = partial(open_episodes, partial(parse, "", tuple(words)), identity)
    job = Job(str(args.out), "episode", left, begin, needs_all=True)
    with make_crew(args, folder, len(left)) as crew, JobStatus(console, job.name, args.actions, "actions") as status:
        status.add(sum(there.values()))
        results = work_on(job, crew, console.print)
        while (needed := enough(there, args.actions)) is None:
            finished = next(results)
            count, shown = finished.result
            scenes = {name: torch.from_numpy(value) for name, value in shown.items()}
            save(_path(folder, finished.number), TensorDict(scenes, [len(scenes["choices"])]), {"actions": count})
            there[finished.number] = count
            status.add(count, finished.node)
    return needed


def enough(actions: Mapping[int, int], wanted: int) -> dict[int, int] | None:
    """Return the first episodes that have so many actions together, with how many each has.

    Args:
        actions: Numbers of actions of the episodes that there are, by their numbers.
        wanted: How many are wanted.

    Returns:
        None if one of them is not there yet.
    """
    needed: dict[int, int] = {}
    for number in itertools.count():
        if sum(needed.values()) >= wanted:
            return needed
        if number not in actions:
            return None
        needed[number] = actions[number]


def _path(folder: Path, number: int) -> Path:
    return folder / f"episode_{number:05d}.pt"
