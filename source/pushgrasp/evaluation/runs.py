"""Run folders of evaluations: what was run, its records, its summary."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pushgrasp.evaluation import digests
from pushgrasp.evaluation.metrics import Summary, summarise
from pushgrasp.evaluation.protocols import OWN, protocol_named
from pushgrasp.evaluation.record_file import read_records, write_records
from pushgrasp.evaluation.records import RecordError, TrialRecord
from pushgrasp.files.atomic import atomic_write
from pushgrasp.files.json_files import read_json
from pushgrasp.files.typed_json import MAY_LACK, Whole, build
from pushgrasp.settings import Count

RUN_SCHEMA = "pushgrasp.run/2"

_FIRST_SCHEMA = "pushgrasp.run/1"
"""Schema of runs that do not say what the files they name hold."""

_DIGESTS = {
    "weights": "the policy's file has changed",
    "backbone": "the backbone's file has changed or is another one",
    "scenes": "the scene files have changed",
    "config": "overrides, or files that the configuration names, have changed",
}
"""Digests of an identity and what it means when one differs."""


@dataclass(frozen=True)
class RunInfo:
    """What a run is: a policy on a protocol."""

    protocol: str
    policy: str
    weights: str | None
    """SHA-256 of the weights file; None for policies without."""
    seed: Whole
    config: str
    """SHA-256 of the configuration and of the files that it names."""
    task: str
    rig: str
    physics: str
    git_commit: str | None
    trials: Count
    """Trials asked for."""
    command: str
    """Command line that repeats the run."""
    backbone: str | None = field(default=None, metadata=MAY_LACK)
    """SHA-256 of the backbone's weights file; None for policies without, and in runs of the first schema."""
    scenes: str | None = field(default=None, metadata=MAY_LACK)
    """SHA-256 of what the scenes follow from; None in runs of the first schema, which did not look into files."""
    left_out: tuple[str, ...] = field(default=(), metadata=MAY_LACK)
    """A line for each scene file that could not be used."""

    @property
    def identity(self) -> dict[str, object]:
        """What must be equal for trials to belong to the same run."""
        names = ("protocol", "policy", "weights", "backbone", "seed", "task", "rig", "physics", "scenes", "config")
        return {name: getattr(self, name) for name in names}

    def same_scenes(self, other: RunInfo) -> bool:
        """Whether trials of one number begin with the same scene in both runs.

        Where a run of the first schema names scene files, nobody knows what they held: then they are not the same.
        """
        if (self.protocol, self.seed) != (other.protocol, other.seed):
            return False
        if self.scenes is None or other.scenes is None:
            return not self.protocol.startswith(OWN)
        return self.scenes == other.scenes


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
    records = check_run(folder, info)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"schema": RUN_SCHEMA, **asdict(info)}, indent=2, ensure_ascii=False) + "\n"
    atomic_write(folder / "run.json", lambda file: file.write(text.encode()))
    return records


def check_run(folder: Path, info: RunInfo) -> list[TrialRecord]:
    """Return the records that a run has in a folder already, and write nothing; a run without any is in nobody's way.

    Raises:
        RecordError: If the folder holds trials of another run, or files that are no records.
    """
    records = read_records(records_path(folder))
    if records and not (folder / "run.json").is_file():
        raise RecordError(f"{folder} holds trials but no run.json: name another folder with --out")
    if any(record.setup is None for record in records):
        raise RecordError(
            f"{folder} holds trials of an earlier version, which did not write down how actions were done: "
            "name another folder with --out"
        )
    if records:
        _require_same(folder, read_info(folder), info)
        _require_own(folder, records, info)
    return records


def require_writable(folder: Path) -> None:
    """Check that a folder, which need not be there yet, could be made and written; write nothing.

    Raises:
        OSError: If it could not; the message names the place.
    """
    place = next(path for path in (folder, *folder.parents) if path.exists())
    if not place.is_dir():
        raise NotADirectoryError(f"{folder}: {place} is a file, no folder")
    if not os.access(place, os.W_OK | os.X_OK):
        raise PermissionError(f"{folder}: no permission to write in {place}")


def _require_same(folder: Path, old: RunInfo, new: RunInfo) -> None:
    if old.scenes is None:
        raise RecordError(
            f"{folder} holds trials of an earlier version, which did not write down what files held: "
            "name another folder with --out"
        )
    for name, value in new.identity.items():
        if old.identity[name] != value:
            hint = f" ({_DIGESTS[name]})" if name in _DIGESTS else ""
            raise RecordError(
                f"{folder} holds trials with {name} {_short(old.identity[name])}, now it is {_short(value)}{hint}: "
                "name another folder with --out"
            )


def _require_own(folder: Path, records: Sequence[TrialRecord], info: RunInfo) -> None:
    """Refuse records that say themselves that they are of another run, as in files put together by hand."""
    identity = info.identity
    for record in records:
        for name, value in record.provenance.items():
            if name in identity and identity[name] != value:
                raise RecordError(
                    f"{records_path(folder)}: trial {record.trial} is of a run with {name} {_short(value)}, "
                    f"run.json says {_short(identity[name])}"
                )


def _short(value: object) -> str:
    """A value of an identity as messages show it: digests by their beginning."""
    text = repr(value)
    return f"{text[:13]}...'" if isinstance(value, str) and len(value) == digests.LENGTH else text


def read_info(folder: Path) -> RunInfo:
    """Return what a run is.

    Raises:
        RecordError: If the folder's run.json is missing, damaged or of another schema.
    """
    path = folder / "run.json"
    try:
        content = read_json(path)
    except FileNotFoundError as error:
        raise RecordError(f"{folder}: no run of an evaluation (no run.json)") from error
    schema = content.pop("schema", None) if isinstance(content, dict) else None
    if schema not in (RUN_SCHEMA, _FIRST_SCHEMA):
        raise RecordError(f"{path}: not of the schema {RUN_SCHEMA!r}")
    try:
        info = build(RunInfo, content)
        protocol_named(info.protocol)
    except ValueError as error:
        raise RecordError(f"{path}: {error}") from None
    return info


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
            info, records = read_info(folder), tuple(read_records(records_path(folder)))
            _require_own(folder, records, info)
            runs[folder.resolve()] = Run(folder, info, records)
    return list(runs.values())


def close_run(folder: Path) -> Summary:
    """Put the records of a run in order, write the summary, return it."""
    records = read_records(records_path(folder))
    write_records(records_path(folder), records)
    summary = summarise(records)
    content: dict[str, Any] = {**asdict(summary), "left_out": read_info(folder).left_out}
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
