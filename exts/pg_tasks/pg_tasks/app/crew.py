"""Who does the units of a job, as flags say: processes of this machine, or of a Ray cluster."""

from __future__ import annotations

import argparse
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
    left = tuple(number for number in job.numbers if number not in results)
    if left:
        crew, status = make_crew(args, path.parent, len(left)), JobStatus(console, job.name, len(left), f"{job.unit}s")
        with crew, status:
            for finished in work_on(replace(job, numbers=left), crew, console.print):
                append_result(path, finished.number, finished.result)
                results[finished.number] = finished.result
                status.add(node=finished.node)
    return {number: results[number] for number in job.numbers}
