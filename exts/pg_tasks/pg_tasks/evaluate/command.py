"""Run a policy on protocols: check what is asked for, run what is left of it, sum up."""

from __future__ import annotations

import argparse
import math
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from rich.table import Table

from pg_tasks.app.crew import make_crew
from pg_tasks.envs.scene_sets import file_scenes
from pushgrasp.console import Console
from pushgrasp.evaluation.intervals import interquartile_mean
from pushgrasp.evaluation.metrics import Summary
from pushgrasp.evaluation.protocols import OWN, Protocol, protocols
from pushgrasp.evaluation.record_file import append_record, count_lines, read_records
from pushgrasp.evaluation.records import TrialRecord
from pushgrasp.evaluation.runs import (
    RunInfo,
    check_run,
    close_run,
    locked,
    open_run,
    read_info,
    records_path,
    require_writable,
    run_folder,
)
from pushgrasp.evaluation.table import format_mean, summary_line
from pushgrasp.files.atomic import atomic_write
from pushgrasp.interrupt import exit_status
from pushgrasp.jobs.job import Job
from pushgrasp.jobs.run import work_on
from pushgrasp.jobs.status import JobStatus
from pushgrasp.policies.pg4da.pretrained import PRETRAINED
from pushgrasp.policies.registry import NAMED
from pushgrasp.program import UserError

from .arguments import parse, wanted_protocols
from .configuration import configure, run_info
from .pictures import strip_path
from .worker import Run, open_trials

WORLDS = 8
"""Worlds per process, unless --num_envs says otherwise."""


def main(argv: Sequence[str]) -> None:
    """Run the command line.

    Raises:
        UserError: If something on it is wrong, or a process fails.
        ValueError: If a protocol is unknown or a folder holds another run.
    """
    args, overrides = parse(argv)
    console = Console()
    if args.list:
        console.table(_listing())
        return
    runs = _checked_runs(args, overrides, argv)
    summaries: dict[str, Summary] = {}
    for protocol, folder, info in runs:
        with locked(folder):
            _note_commit(folder, info, console)
            _evaluate(argv, args, folder, info, console)
            summaries[protocol.name] = close_run(folder)
        line = summary_line(f"{protocol.name} {info.policy}", summaries[protocol.name])
        console.print(f"{line}{_left_out(info)}")
    if len(runs) > 1:
        console.print(_across([read_records(records_path(folder)) for _, folder, _ in runs], runs[0][2].policy))


def _checked_runs(
    args: argparse.Namespace, overrides: Sequence[str], argv: Sequence[str]
) -> list[tuple[Protocol, Path, RunInfo]]:
    """Return what is to be run, and where; nothing is written yet.

    Raises:
        UserError: If something on the command line is wrong, or its folder cannot be written.
        ValueError: If a protocol is unknown or a folder holds another run.
    """
    chosen = wanted_protocols(args)
    if not args.skip_bad_scenes:
        _refuse_bad_scenes(chosen)
    runs: dict[Path, tuple[Protocol, Path, RunInfo]] = {}
    for protocol in chosen:
        env_cfg, policy = configure(args, overrides, protocol)
        info = run_info(args, argv, protocol, env_cfg, policy)
        out = args.out or Path("logs") / "evaluation" / policy.name.replace("/", "_")
        folder = run_folder(out, protocol.name)
        if folder in runs:
            raise UserError(f"{protocol.name} and {runs[folder][0].name} would share the folder {folder}")
        require_writable(folder)
        check_run(folder, info)
        runs[folder] = protocol, folder, info
    return list(runs.values())


def _refuse_bad_scenes(chosen: Sequence[Protocol]) -> None:
    """Name all scene files that cannot be used, and refuse them."""
    own = [protocol for protocol in chosen if protocol.name.startswith(OWN)]
    bad = [line for protocol in own for line in file_scenes(protocol.scenes).left_out]
    if bad:
        raise UserError(f"bad scene files: {'; '.join(bad)}; mend them, or leave them out with --skip_bad_scenes")


def _left_out(info: RunInfo) -> str:
    """Return what a run's summary says about scene files that were left out."""
    count = len(info.left_out)
    return f"; bad scene files left out: {count} (named in run.json)" if count else ""


def _note_commit(folder: Path, info: RunInfo, console: Console) -> None:
    """Say so when a run is continued with other code, which its records cannot show by their configuration."""
    old = read_info(folder).git_commit if check_run(folder, info) else info.git_commit
    if old != info.git_commit:
        console.print(f"note: {folder} was begun at commit {old}, now it is {info.git_commit}")


def _evaluate(argv: Sequence[str], args: argparse.Namespace, folder: Path, info: RunInfo, console: Console) -> None:
    """Run the trials that are left to do in a run folder, and keep each as it ends.

    Raises:
        UserError: If no worker can begin, or trials could not be done; it says how many are kept.
    """
    done = {record.trial for record in open_run(folder, info)}
    left = tuple(number for number in range(info.trials) if number not in done)
    if not left:
        return
    with _counting(folder, info), make_crew(args, folder, len(left)) as crew:
        num_envs = min(args.num_envs or WORLDS, math.ceil(len(left) / crew.size))
        run = Run(tuple(argv), info.protocol, info.seed, num_envs, args.pictures, folder / "faults", _provenance(info))
        with JobStatus(console, info.protocol, len(left), "trials") as status:
            for finished in work_on(Job(info.protocol, "trial", left, partial(open_trials, run)), crew, console.print):
                _keep(folder, *finished.result)
                status.add(node=finished.node)


@contextmanager
def _counting(folder: Path, info: RunInfo) -> Iterator[None]:
    """Add to what a user can mend, such as a full disk, how many trials are there already."""
    try:
        yield
    except (OSError, UserError) as error:
        kept = count_lines(records_path(folder))
        error.add_note(f"{kept} trials are kept, the same command runs the other {info.trials - kept}")
        raise


def _provenance(info: RunInfo) -> dict[str, Any]:
    """Return what every record of a run says about it."""
    return {name: value for name, value in asdict(info).items() if name not in ("trials", "command", "left_out")}


def _keep(folder: Path, record: TrialRecord, strip: bytes | None) -> None:
    """Write what came of a trial."""
    if strip is not None:
        path = strip_path(folder / "pictures", record.trial)
        path.parent.mkdir(exist_ok=True)
        atomic_write(path, lambda file: file.write(strip))
    append_record(records_path(folder), record)


def _across(cases: Sequence[Sequence[TrialRecord]], policy: str) -> str:
    """Return the interquartile mean of completion over the protocols."""
    shares = [[float(record.completed) for record in records if not record.fault] for records in cases]
    found = format_mean(interquartile_mean(shares))
    return f"{policy}: interquartile mean of completion over {len(cases)} protocols {found}"


def _listing() -> Table:
    words = ", ".join((*NAMED, PRETRAINED, "latest", "best"))
    table = Table(title="Protocols", caption=f"policies: {words}, or a checkpoint")
    for name in ("protocol", "scenes", "a trial ends after", "published trials"):
        table.add_column(name)
    for item in protocols().values():
        table.add_row(item.name, item.description, item.rule.describe(), str(item.trials))
    return table


def run(argv: Sequence[str] | None = None) -> None:
    """Run with the words of this process's command line; an interruption keeps what is done."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        main(words)
    except BaseException as error:
        if exit_status():
            error.add_note(f"the trials so far are kept, go on with: python scripts/evaluate.py {shlex.join(words)}")
        raise
