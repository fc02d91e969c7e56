"""Files of trial records, a line each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pushgrasp.evaluation.records import RecordError, TrialRecord, from_line
from pushgrasp.files.atomic import atomic_write
from pushgrasp.files.lines import append_line, whole_lines


def append_record(path: Path, record: TrialRecord) -> None:
    """Append a record as one line and flush it to the disk; a line that was cut off before is removed.

    Raises:
        OSError: When the file cannot be written, naming it.
        ValueError: When the record has a value that could not be read again.
    """
    line = record.to_line()
    from_line(line)
    append_line(path, line)


def read_records(path: Path) -> list[TrialRecord]:
    """Return the records of a file, each trial once, in the order of the trials; a missing file holds none.

    A last line without its line break is one that a kill has cut off: it is left out.

    Raises:
        ValueError: If a line is no record, of another schema, or of a trial that came out otherwise in an earlier line;
            the message names file and line.
    """
    records: dict[int, TrialRecord] = {}
    for number, line in enumerate(whole_lines(path), 1):
        record = from_line(line, str(path), number)
        if _outcome(records.setdefault(record.trial, record)) != _outcome(record):
            raise RecordError(f"{path}:{number}: trial {record.trial} is there already, with another outcome")
    return [records[trial] for trial in sorted(records)]


def _outcome(record: TrialRecord) -> TrialRecord:
    """What is the same whenever a trial is repeated."""
    return replace(record, provenance={}, times={})


def count_lines(path: Path) -> int:
    """Return how many records a file holds, without reading them."""
    return path.read_bytes().count(b"\n") if path.is_file() else 0


def write_records(path: Path, records: Sequence[TrialRecord]) -> None:
    """Replace the file by records in the order of their trials."""
    ordered = sorted(records, key=lambda record: record.trial)
    text = "".join(record.to_line() + "\n" for record in ordered)
    atomic_write(path, lambda file: file.write(text.encode()))
