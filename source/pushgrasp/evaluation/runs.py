"""Run folders of evaluations: what was run, its records, its summary."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from pushgrasp.evaluation.metrics import Summary, summarise
from pushgrasp.evaluation.record_file import read_records, write_records
from pushgrasp.evaluation.records import RecordError, TrialRecord
from pushgrasp.training.atomic import atomic_write

RUN_SCHEMA = "pushgrasp.run/1"


@dataclass(frozen=True)
class RunInfo:
    """What a run is: a policy on a protocol."""

    protocol: str
    policy: str
    weights: str | None
    """SHA-256 of the weights file; None for policies without."""
    seed: int
    config: str
    """SHA-256 of the configuration."""
    task: str
    rig: str
    physics: str
    git_commit: str | None
    trials: int
    """Trials asked for."""
    command: str
    """Command line that repeats the run."""

    @property
    def identity(self) -> dict[str, object]:
        """What must be equal for trials to belong to the same run."""
        names = ("protocol", "policy", "weights", "seed", "task", "rig", "physics", "config")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Run:
    """A run with its records."""

    folder: Path
    info: RunInfo
    records: tuple[TrialRecord, ...]

    @property
    def summary(self) -> Summary:
        """Metrics over the records."""
        return summarise(self.records)


def run_folder(out: Path, protocol: str) -> Path:
    """Return the folder of a protocol within the output folder of an evaluation."""
    return out / re.sub(r"[^\w.-]+", "_", protocol)


def records_path(folder: Path) -> Path:
    """Return the file of a run's records."""
    return folder / "trials.jsonl"


def open_run(folder: Path, info: RunInfo) -> list[TrialRecord]:
    """Begin a run in a folder or continue the one that is there; return the records that it has already.

    Raises:
        RecordError: If the folder holds trials of another run, or files that are no records.
    """
    if (folder / "run.json").is_file():
        _require_same(folder, read_info(folder), info)
    elif records_path(folder).exists():
        raise RecordError(f"{folder} holds trials but no run.json: name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"schema": RUN_SCHEMA, **asdict(info)}, indent=2, ensure_ascii=False) + "\n"
    atomic_write(folder / "run.json", lambda file: file.write(text.encode()))
    return read_records(records_path(folder))


def _require_same(folder: Path, old: RunInfo, new: RunInfo) -> None:
    for name, value in new.identity.items():
        if old.identity[name] != value:
            raise RecordError(
                f"{folder} holds trials with {name} {old.identity[name]!r}, now it is {value!r}: "
                "name another folder with --out"
            )


def read_info(folder: Path) -> RunInfo:
    """Return what a run is.

    Raises:
        RecordError: If the folder's run.json is missing, damaged or of another schema.
    """
    path = folder / "run.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RecordError(f"{folder}: no run of an evaluation (no run.json)") from error
    except ValueError as error:
        raise RecordError(f"{path}: damaged ({error})") from error
    if not isinstance(content, dict) or content.pop("schema", None) != RUN_SCHEMA:
        raise RecordError(f"{path}: not of the schema {RUN_SCHEMA!r}")
    names = {item.name for item in fields(RunInfo)}
    if names != content.keys():
        raise RecordError(f"{path}: fields that are missing or unknown: {', '.join(sorted(names ^ content.keys()))}")
    return RunInfo(**content)


def read_runs(roots: list[Path]) -> list[Run]:
    """Return the runs in folders, at any depth.

    Raises:
        RecordError: If a folder holds none, or one of them cannot be read.
    """
    runs: dict[Path, Run] = {}
    for root in roots:
        folders = sorted(path.parent for path in root.rglob("run.json"))
        if not folders:
            raise RecordError(f"{root}: no run of an evaluation there (no run.json)")
        for folder in folders:
            records = tuple(read_records(records_path(folder)))
            runs[folder.resolve()] = Run(folder, read_info(folder), records)
    return list(runs.values())


def close_run(folder: Path) -> Summary:
    """Put the records of a run in order, write the summary, return it."""
    records = read_records(records_path(folder))
    write_records(records_path(folder), records)
    summary = summarise(records)
    content: dict[str, Any] = asdict(summary)
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    atomic_write(folder / "summary.json", lambda file: file.write(text.encode()))
    return summary


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other evaluations from writing into a folder.

    Raises:
        RecordError: If one is doing so.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise RecordError(f"another evaluation is writing into {folder}") from error
    finally:
        os.close(descriptor)
