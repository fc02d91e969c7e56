"""Run a policy on protocols: start the processes, watch them, sum up."""

from __future__ import annotations

import argparse
import math
import multiprocessing
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from rich.table import Table

from pg_tasks.envs.scene_sets import file_scenes
from pushgrasp.console import Console
from pushgrasp.evaluation.intervals import interquartile_mean
from pushgrasp.evaluation.metrics import Summary
from pushgrasp.evaluation.protocols import OWN, Protocol, protocols
from pushgrasp.evaluation.record_file import count_lines, read_records
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
from pushgrasp.interrupt import check_interruption, exit_status
from pushgrasp.policies.pg4da.pretrained import PRETRAINED
from pushgrasp.policies.registry import UNTRAINED
from pushgrasp.program import UserError

from .arguments import parse, wanted_protocols
from .configuration import configure, run_info
from .trial_status import TrialStatus
from .worker import Job, work

WORLDS = 8
"""Worlds per process, unless --num_envs says otherwise."""

POLL = 0.5
"""Time between two looks at the files of the records [s]."""

PATIENCE = 2.0
"""Time that processes have to end when they are told to [s]."""

Worker = tuple[BaseProcess, Connection]
"""A process and what it says before it ends."""


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
            job = _job(argv, folder, info, args.num_envs or WORLDS, args.pictures)
            _evaluate(job, args.processes, console)
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
        env_cfg, agent_cfg, policy = configure(args, overrides, protocol)
        info = run_info(args, argv, protocol, env_cfg, agent_cfg, policy)
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


def _job(argv: Sequence[str], folder: Path, info: RunInfo, num_envs: int, pictures: int) -> Job:
    """Open the run folder and say what is left to do in it."""
    done = {record.trial for record in open_run(folder, info)}
    left = tuple(number for number in range(info.trials) if number not in done)
    provenance = {name: value for name, value in asdict(info).items() if name not in ("trials", "command", "left_out")}
    return Job(tuple(argv), info.protocol, folder, left, info.seed, num_envs, pictures, provenance)


def _evaluate(job: Job, processes: int, console: Console) -> None:
    """Run what is left of a job in processes of its own."""
    left = len(job.numbers)
    if left == 0:
        return
    processes = min(processes, left)
    job = replace(job, num_envs=min(job.num_envs, math.ceil(left / processes)))
    path, before = records_path(job.folder), count_lines(records_path(job.folder))
    with _workers(job, processes) as workers:
        with TrialStatus(console, job.protocol, left) as status:
            while any(process.is_alive() for process, _ in workers):
                check_interruption()
                time.sleep(POLL)
                status.update(count_lines(path) - before)
            status.update(count_lines(path) - before)
        _check(job, workers)


@contextmanager
def _workers(job: Job, count: int) -> Iterator[list[Worker]]:
    """Start processes that share a job; whatever ends the block, they end with it.

    They do not hear Ctrl-C, which a terminal sends to all processes: this one tells them when to end.
    """
    context = multiprocessing.get_context("spawn")
    workers: list[Worker] = []
    resource_tracker.ensure_running()  # it would let the signal through again
    with tempfile.NamedTemporaryFile(prefix="evaluation_") as counter:
        try:
            for index in range(count):
                ear, mouth = context.Pipe(duplex=False)
                words = (job, Path(counter.name), job.folder / f"process_{index}.log", mouth)
                process = context.Process(target=work, args=words, daemon=True)
                with _withheld(signal.SIGINT):
                    process.start()
                mouth.close()  # else nobody would notice that the process does not say its last words to the end
                workers.append((process, ear))
            yield workers
        finally:
            for process, _ in workers:
                process.terminate()
            for process, _ in workers:
                process.join(PATIENCE)
                process.kill()
                process.join()


@contextmanager
def _withheld(number: signal.Signals) -> Iterator[None]:
    """Keep a signal waiting; processes that are started meanwhile never get it."""
    former = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def _check(job: Job, workers: Sequence[Worker]) -> None:
    """Refuse a job that is not done, with what the processes say."""
    done = {record.trial for record in read_records(records_path(job.folder))}
    missing = [number for number in job.numbers if number not in done]
    if not missing:
        return
    said = [text for _, ear in workers if (text := _last_words(ear))]
    ends = ", ".join(_ending(process.exitcode) for process, _ in workers)
    reason = said[0] if said else f"the processes ended early: {ends} (see {job.folder}/process_*.log)"
    raise UserError(f"{reason}; {len(done)} trials are kept, the same command runs the other {len(missing)}")


def _last_words(ear: Connection) -> str | None:
    """Return what a process has said before it ended, None where it could not."""
    try:
        return ear.recv() if ear.poll() else None
    except (EOFError, OSError):
        return None


def _ending(code: int | None) -> str:
    """Return how a process ended."""
    return f"killed by {signal.Signals(-code).name}" if code is not None and code < 0 else f"status {code}"


def _across(cases: Sequence[Sequence[TrialRecord]], policy: str) -> str:
    """Return the interquartile mean of completion over the protocols."""
    shares = [[float(record.completed) for record in records if not record.fault] for records in cases]
    found = format_mean(interquartile_mean(shares))
    return f"{policy}: interquartile mean of completion over {len(cases)} protocols {found}"


def _listing() -> Table:
    words = ", ".join((*UNTRAINED, PRETRAINED, "latest", "best"))
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
