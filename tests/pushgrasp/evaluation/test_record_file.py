"""Record files survive kills and many writers."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from pushgrasp.evaluation.record_file import append_record, count_lines, read_records, write_records
from pushgrasp.evaluation.records import ActionRecord, RecordError, TrialRecord


def record(trial: int) -> TrialRecord:
    return TrialRecord(trial=trial, completed=False, actions=(ActionRecord(("push",), True),) * 50)


def append_many(path: Path, first: int) -> None:
    for trial in range(first, first + 20):
        append_record(path, record(trial))


def test_records_come_back_in_the_order_of_the_trials(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    assert (read_records(path), count_lines(path)) == ([], 0)
    for trial in (3, 0, 2):
        append_record(path, record(trial))
    assert read_records(path) == [record(0), record(2), record(3)]
    assert count_lines(path) == 3


def test_a_line_cut_off_by_a_kill_is_left_out_and_then_replaced(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    append_record(path, record(0))
    whole = path.read_bytes()
    for length in (1, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole + record(1).to_line().encode()[:length])
        assert read_records(path) == [record(0)]
        append_record(path, record(2))
        assert read_records(path) == [record(0), record(2)]
    path.write_bytes(whole[:-1])
    append_record(path, record(5))
    assert read_records(path) == [record(5)]


def test_a_trial_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    append_record(path, record(1))
    append_record(path, record(1))
    assert read_records(path) == [record(1)]


def test_several_processes_may_append(tmp_path: Path) -> None:
    path, context = tmp_path / "trials.jsonl", multiprocessing.get_context("fork")
    writers = [context.Process(target=append_many, args=(path, first)) for first in (0, 20, 40)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [item.trial for item in read_records(path)] == list(range(60))


def test_writing_anew_sorts(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    write_records(path, [record(2), record(1)])
    assert path.read_text() == f"{record(1).to_line()}\n{record(2).to_line()}\n"


def test_damage_in_the_middle_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    path.write_text(f"{record(1).to_line()}\nnonsense\n{record(2).to_line()}\n")
    with pytest.raises(ValueError, match=r"trials.jsonl:2: no JSON"):
        read_records(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe\n", r"trials.jsonl:1: no UTF-16 text"),
        (b"\n\xe9\n", r"trials.jsonl:2: no UTF-8 text"),
        (record(1).to_line().encode() + b"\n\n", r"trials.jsonl:2: no JSON: it is empty"),
        (record(1).to_line().replace('"trial":1', '"trial":-5').encode() + b"\n", r"trials.jsonl:1: trial=-5"),
    ],
)
def test_what_is_no_record_names_file_and_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "trials.jsonl"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_records(path)


def test_a_byte_order_mark_and_other_line_breaks_are_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    path.write_bytes(f"\ufeff{record(0).to_line()}\r\n{record(1).to_line()}\r\n".encode())
    assert read_records(path) == [record(0), record(1)]


def test_a_kill_within_a_letter_leaves_the_rest_readable(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    append_record(path, record(0))
    path.write_bytes(path.read_bytes() + "é".encode()[:1])
    assert read_records(path) == [record(0)]


def test_one_trial_with_two_outcomes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    append_record(path, replace(record(1), times={"wall_s": 1.0}))
    append_record(path, replace(record(1), times={"wall_s": 2.0}))
    assert len(read_records(path)) == 1
    append_record(path, replace(record(1), objects=9))
    with pytest.raises(RecordError, match=r"trials.jsonl:3: trial 1 is there already, with another outcome"):
        read_records(path)


def test_what_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    with pytest.raises(ValueError, match=r"visibility=1\.5"):
        append_record(path, replace(record(1), visibility=1.5))
    assert not path.exists()
