"""Who does the units of a job, as flags say: processes of this machine, or of a Ray cluster."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pushgrasp.console import Console
from pushgrasp.jobs.job import Job
from pushgrasp.jobs.local import LocalCrew
from pushgrasp.jobs.ray_crew import RayCrew
from pushgrasp.jobs.results import append_result, read_results
from pushgrasp.jobs.run import Crew, work_on
from pushgrasp.jobs.status import JobStatus

from .parser import positive


def add_crew_flags(parser: argparse.ArgumentParser, *more: str) -> None:
    """Add ``--processes``, also under ``more`` names, and ``--ray``."""
    text = "processes that share the work (default: 1; with --ray one for each core)"
    parser.add_argument("--processes", *more, dest="processes", type=positive, metavar="N", help=text)
    parser.add_argument("--ray", metavar="auto|ADDRESS", help="work on a Ray cluster (docs/scale.md)")


def make_crew(args: argparse.Namespace, logs: Path, units: int) -> Crew:
    """Return who does ``units`` units of work; processes of this machine print to files in the folder ``logs``."""
    if args.ray:
        return RayCrew(args.ray, args.processes)
    return LocalCrew(min(args.processes or 1, units), logs)


def do_units(
    job: Job,
    keep: Callable[[int, Any], object],
    logs: Path,
    args: argparse.Namespace,
    console: Console,
    sizes: Mapping[int, int] | None = None,
    things: str = "",
) -> None:
    """Do the units of a job, if there are any.

    Args:
        job: What to do.
        keep: Is given the number of each unit that is done, and its result.
        logs: Folder of the files to which processes of this machine print.
        args: Flags of :func:`add_crew_flags`.
        console: Shows how far the job is.
        sizes: What each unit counts for there; 1 if None.
        things: What is counted there; the units if empty.

    Raises:
        UserError: If no worker can begin, or units could not be done.
    """
    if not job.numbers:
        return
    sizes = sizes or dict.fromkeys(job.numbers, 1)
    total, things = sum(sizes[number] for number in job.numbers), things or f"{job.unit}s"
    crew, status = make_crew(args, logs, len(job.numbers)), JobStatus(console, job.name, total, things)
    with crew, status:
        for finished in work_on(job, crew, console.print):
            keep(finished.number, finished.result)
            status.add(sizes[finished.number], finished.node)


def all_results(job: Job, path: Path, args: argparse.Namespace, console: Console) -> dict[int, Any]:
    """Do the units of a job whose results, plain data, a file does not hold yet, and append each to it.

    Args:
        job: All units.
        path: The file; processes of this machine print to files beside it.
        args: Flags of :func:`add_crew_flags`.
        console: Shows how far the job is.

    Returns:
        The results of all units, by their numbers, in the order of the job.

    Raises:
        FileError: If the file holds something else.
        OSError: If it cannot be written.
        UserError: If no worker can begin, or units could not be done.
    """
    results = read_results(path)

    def keep(number: int, result: Any) -> None:  # noqa: ANN401
        append_result(path, number, result)
        results[number] = result

    left = tuple(number for number in job.numbers if number not in results)
    do_units(replace(job, numbers=left), keep, path.parent, args, console)
    return {number: results[number] for number in job.numbers}
