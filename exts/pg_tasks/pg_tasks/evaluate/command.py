"""Run a policy on protocols: start the processes, watch them, sum up."""

from __future__ import annotations

import math
import multiprocessing
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from rich.table import Table

from pg_tasks.agents.pretrained import PRETRAINED
from pg_tasks.app.errors import UserError
from pg_tasks.app.policies import POLICIES
from pushgrasp.console import Console
from pushgrasp.evaluation.intervals import interquartile_mean
from pushgrasp.evaluation.metrics import Summary
from pushgrasp.evaluation.protocols import Protocol, protocols
from pushgrasp.evaluation.record_file import count_lines, read_records
from pushgrasp.evaluation.records import TrialRecord
from pushgrasp.evaluation.runs import RunInfo, close_run, locked, open_run, read_info, records_path, run_folder
from pushgrasp.evaluation.table import format_mean, summary_line

from .arguments import parse, wanted_protocols
from .configuration import configure, run_info
from .progress import Progress
from .worker import Job, work

WORLDS = 8
"""Worlds per process, unless --num_envs says otherwise."""

POLL = 0.5
"""Time between two looks at the files of the records [s]."""


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
    runs: list[tuple[Protocol, Path, RunInfo]] = []
    for protocol in wanted_protocols(args):
        env_cfg, agent_cfg, chosen = configure(args, overrides, protocol)
        info = run_info(args, argv, protocol, env_cfg, agent_cfg, chosen)
        out = args.out or Path("logs") / "evaluation" / chosen.name.replace("/", "_")
        runs.append((protocol, run_folder(out, protocol.name), info))
    summaries: dict[str, Summary] = {}
    for protocol, folder, info in runs:
        with locked(folder):
            _note_commit(folder, info, console)
            job = _job(argv, folder, info, args.num_envs or WORLDS, args.pictures)
            _evaluate(job, args.processes, console)
            summaries[protocol.name] = close_run(folder)
        console.print(summary_line(f"{protocol.name} {info.policy}", summaries[protocol.name]))
    if len(runs) > 1:
        console.print(_across([read_records(records_path(folder)) for _, folder, _ in runs], runs[0][2].policy))


def _note_commit(folder: Path, info: RunInfo, console: Console) -> None:
    """Say so when a run is continued with other code, which its records cannot show by their configuration."""
    old = read_info(folder).git_commit if (folder / "run.json").is_file() else info.git_commit
    if old != info.git_commit:
        console.print(f"note: {folder} was begun at commit {old}, now it is {info.git_commit}")


def _job(argv: Sequence[str], folder: Path, info: RunInfo, num_envs: int, pictures: int) -> Job:
    """Open the run folder and say what is left to do in it."""
    done = {record.trial for record in open_run(folder, info)}
    left = tuple(number for number in range(info.trials) if number not in done)
    provenance = {name: value for name, value in asdict(info).items() if name not in ("trials", "command")}
    return Job(tuple(argv), info.protocol, folder, left, info.seed, num_envs, pictures, provenance)


def _evaluate(job: Job, processes: int, console: Console) -> None:
    """Run what is left of a job in processes of its own."""
    left = len(job.numbers)
    if left == 0:
        return
    processes = min(processes, left)
    job = replace(job, num_envs=min(job.num_envs, math.ceil(left / processes)))
    context = multiprocessing.get_context("spawn")
    counter = context.Value("q", 0)
    workers: list[BaseProcess] = []
    mouths: list[Connection] = []
    for index in range(processes):
        ear, mouth = context.Pipe(duplex=False)
        log = job.folder / f"process_{index}.log"
        worker = context.Process(target=work, args=(job, counter, log, mouth), daemon=True)
        worker.start()
        workers.append(worker)
        mouths.append(ear)
    path, before = records_path(job.folder), count_lines(records_path(job.folder))
    with Progress(console, job.provenance["protocol"], left) as progress:
        while any(worker.is_alive() for worker in workers):
            time.sleep(POLL)
            progress.update(count_lines(path) - before)
        progress.update(count_lines(path) - before)
    _check(job, workers, mouths)


def _check(job: Job, workers: Sequence[BaseProcess], ears: Sequence[Connection]) -> None:
    """Refuse a job that is not done, with what the processes say."""
    done = {record.trial for record in read_records(records_path(job.folder))}
    missing = [number for number in job.numbers if number not in done]
    if not missing:
        return
    said = [ear.recv() for ear in ears if ear.poll()]
    codes = ", ".join(str(worker.exitcode) for worker in workers)
    reason = said[0] if said else f"processes ended with status {codes} (see {job.folder}/process_*.log)"
    kept = f"; {len(done)} trials are kept, the same command runs the other {len(missing)}" if done else ""
    raise UserError(f"{reason}{kept}")


def _across(cases: Sequence[Sequence[TrialRecord]], policy: str) -> str:
    """Return the interquartile mean of completion over the protocols."""
    shares = [[float(record.completed) for record in records if not record.fault] for records in cases]
    found = format_mean(interquartile_mean(shares))
    return f"{policy}: interquartile mean of completion over {len(cases)} protocols {found}"


def _listing() -> Table:
    words = ", ".join((*POLICIES, PRETRAINED, "latest", "best"))
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
    except KeyboardInterrupt:
        sys.stderr.write(f"stopped; the trials so far are kept, go on with: evaluate.py {shlex.join(words)}\n")
        raise SystemExit(130) from None
