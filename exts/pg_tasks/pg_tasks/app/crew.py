"""Flags that say who does the units of a job: processes of this machine, or of a Ray cluster."""

from __future__ import annotations

import argparse
from pathlib import Path

from pushgrasp.jobs.local import LocalCrew
from pushgrasp.jobs.ray_crew import RayCrew
from pushgrasp.jobs.run import Crew

from .arguments import positive


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
