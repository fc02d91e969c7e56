"""Run folders of evaluations."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pushgrasp.evaluation.record_file import append_record
from pushgrasp.evaluation.records import ActionRecord, RecordError, TrialRecord
from pushgrasp.evaluation.runs import (
    RunInfo,
    close_run,
    locked,
    open_run,
    read_info,
    read_runs,
    records_path,
    run_folder,
)

INFO = RunInfo(
    protocol="P1/case1",
    policy="random",
    weights=None,
    seed=0,
    config="abc",
    task="DualArmPushGrasp",
    rig="training",
    physics="mujoco",
    git_commit="f00",
    trials=2,
    command="python scripts/evaluate.py --policy random",
)
HIT = TrialRecord(trial=1, completed=True, actions=(ActionRecord("grasp", True),))
MISS = TrialRecord(trial=0, completed=False, actions=(ActionRecord("grasp", False),) * 5)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = run_folder(tmp_path, INFO.protocol)
    open_run(folder, INFO)
    return folder


def test_a_run_is_continued_where_it_stopped(folder: Path) -> None:
    append_record(records_path(folder), HIT)
    more = replace(INFO, trials=9, git_commit="f01", command="another")
    assert open_run(folder, more) == [HIT]
    assert read_info(folder) == more


@pytest.mark.parametrize(
    "change", [{"policy": "zero"}, {"seed": 1}, {"config": "abd"}, {"weights": "1"}, {"rig": "full"}]
)
def test_trials_of_another_run_are_not_mixed_in(folder: Path, change: dict) -> None:
    ((name, value),) = change.items()
    message = rf"P1_case1 holds trials with {name} {getattr(INFO, name)!r}, now it is {value!r}: name another folder"
    with pytest.raises(RecordError, match=message):
        open_run(folder, replace(INFO, **change))


def test_closing_sorts_and_sums_up(folder: Path) -> None:
    for record in (HIT, MISS):
        append_record(records_path(folder), record)
    summary = close_run(folder)
    assert summary.completion is not None and summary.completion.value == 0.5
    assert json.loads((folder / "summary.json").read_text())["completion"]["base"] == 2
    (run,) = read_runs([folder.parent])
    assert (run.info, run.records, run.summary) == (INFO, (MISS, HIT), summary)


def test_a_run_without_a_trial_is_undefined(folder: Path) -> None:
    summary = close_run(folder)
    assert json.loads((folder / "summary.json").read_text())["completion"] is None
    assert summary.motion_number is None


def test_runs_are_found_once(folder: Path) -> None:
    assert len(read_runs([folder, folder.parent])) == 1


def test_half_written_folders_are_named(folder: Path, tmp_path: Path) -> None:
    (folder / "run.json").write_text('{"schema": ')
    with pytest.raises(RecordError, match=r"run.json: damaged"):
        read_runs([folder])
    (folder / "run.json").write_text('{"schema": "other"}')
    with pytest.raises(RecordError, match=r"run.json: not of the schema 'pushgrasp.run/1'"):
        read_info(folder)
    (folder / "run.json").write_text('{"schema": "pushgrasp.run/1", "seed": 1}')
    with pytest.raises(RecordError, match=r"missing or unknown: command, config"):
        read_info(folder)
    (folder / "run.json").unlink()
    append_record(records_path(folder), HIT)
    with pytest.raises(RecordError, match=r"holds trials but no run.json"):
        open_run(folder, INFO)
    with pytest.raises(RecordError, match=r"no run of an evaluation there"):
        read_runs([tmp_path / "nothing"])


def test_one_evaluation_at_a_time(folder: Path) -> None:
    with locked(folder), pytest.raises(RecordError, match="another evaluation is writing into"), locked(folder):
        pass
    with locked(folder):
        pass
