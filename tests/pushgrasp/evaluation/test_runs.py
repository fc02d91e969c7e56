"""Run folders of evaluations."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from pushgrasp.evaluation.record_file import append_record
from pushgrasp.evaluation.records import ActionRecord, RecordError, TrialRecord
from pushgrasp.evaluation.replay import Setup
from pushgrasp.evaluation.runs import (
    RunInfo,
    close_run,
    locked,
    open_run,
    read_info,
    read_runs,
    records_path,
    require_writable,
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
    scenes="s1",
)
SETUP = Setup("training", 2, (0,), ("cube",))
HIT = TrialRecord(trial=1, completed=True, actions=(ActionRecord(("grasp",), True),), setup=SETUP)
MISS = TrialRecord(trial=0, completed=False, actions=(ActionRecord(("grasp",), False),) * 5, setup=SETUP)


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
    "change",
    [
        {"policy": "zero"},
        {"seed": 1},
        {"config": "abd"},
        {"weights": "1"},
        {"backbone": "1"},
        {"scenes": "1"},
        {"rig": "full"},
    ],
)
def test_trials_of_another_run_are_not_mixed_in(folder: Path, change: dict) -> None:
    ((name, value),) = change.items()
    append_record(records_path(folder), HIT)
    message = rf"P1_case1 holds trials with {name} {getattr(INFO, name)!r}, now it is {value!r}.*: name another folder"
    with pytest.raises(RecordError, match=message):
        open_run(folder, replace(INFO, **change))
    assert read_info(folder) == INFO


def test_digests_are_shown_by_their_beginning(folder: Path) -> None:
    open_run(folder, replace(INFO, scenes="0123456789ab" + 52 * "c"))
    append_record(records_path(folder), HIT)
    message = r"scenes '0123456789ab\.\.\.', now it is 's1' \(the scene files have changed\): name another folder"
    with pytest.raises(RecordError, match=message):
        open_run(folder, INFO)


def test_a_run_without_a_trial_is_in_nobodys_way(folder: Path) -> None:
    other = replace(INFO, seed=4)
    assert open_run(folder, other) == []
    assert read_info(folder) == other
    (folder / "run.json").write_text("{")
    open_run(folder, INFO)


def test_records_of_another_run_are_not_taken_for_ones_own(folder: Path) -> None:
    append_record(records_path(folder), replace(HIT, provenance={"seed": 0, "git_commit": "f01"}))
    read_runs([folder])
    append_record(records_path(folder), replace(MISS, provenance={"seed": 7}))
    for read in (lambda: read_runs([folder]), lambda: open_run(folder, INFO)):
        with pytest.raises(RecordError, match=r"trials.jsonl: trial 0 is of a run with seed 7, run.json says 0"):
            read()


def as_first_schema(folder: Path) -> None:
    """Make a run folder look as the first schema had it."""
    content = json.loads((folder / "run.json").read_text())
    for name in ("backbone", "scenes", "left_out"):
        del content[name]
    content["schema"] = "pushgrasp.run/1"
    (folder / "run.json").write_text(json.dumps(content))


def test_runs_of_the_first_schema_are_read_but_not_continued(folder: Path) -> None:
    append_record(records_path(folder), HIT)
    as_first_schema(folder)
    (run,) = read_runs([folder])
    assert (run.info, run.records) == (replace(INFO, scenes=None), (HIT,))
    with pytest.raises(RecordError, match=r"trials of an earlier version, .*: name another folder with --out"):
        open_run(folder, INFO)


def test_trials_of_the_first_schema_are_read_but_not_continued(folder: Path) -> None:
    line = replace(HIT, setup=None, actions=()).to_line()
    path = records_path(folder)
    path.write_text(line.replace("trial/2", "trial/1").replace('"setup":null,', "") + "\n")
    (run,) = read_runs([folder])
    assert [record.trial for record in run.records] == [HIT.trial]
    whole = path.read_text()
    with pytest.raises(RecordError, match=r"did not write down how actions were done: name another folder with --out$"):
        open_run(folder, INFO)
    assert path.read_text() == whole


def test_same_scenes_are_those_whose_content_is_the_same() -> None:
    own = replace(INFO, protocol="scenes:my.json")
    old, old_own = replace(INFO, scenes=None), replace(own, scenes=None)
    assert INFO.same_scenes(replace(INFO, policy="zero", config="other"))
    assert not INFO.same_scenes(replace(INFO, seed=1))
    assert own.same_scenes(own) and not own.same_scenes(replace(own, scenes="s2"))
    # a family follows from its name; what a file once held nobody knows
    assert INFO.same_scenes(old) and old.same_scenes(old)
    assert not own.same_scenes(old_own) and not old_own.same_scenes(old_own)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("file", r"a/b: .*file is a file, no folder"),
        ("locked", r"a/b: no permission to write in .*locked"),
    ],
)
def test_folders_that_cannot_be_written_are_named_beforehand(
    tmp_path: Path, place: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "locked").mkdir()
    monkeypatch.setattr("os.access", lambda path, mode: Path(path).name != "locked")  # root may write anywhere
    require_writable(tmp_path / "free" / "a" / "b")
    with pytest.raises(OSError, match=message):
        require_writable(tmp_path / place / "a" / "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "locked"]


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
    with pytest.raises(ValueError, match=r"run.json:1: no JSON"):
        read_runs([folder])
    (folder / "run.json").write_text('{"schema": "other"}')
    with pytest.raises(RecordError, match=r"run.json: not of the schema 'pushgrasp.run/2'"):
        read_info(folder)
    (folder / "run.json").write_text('{"schema": "pushgrasp.run/1", "seed": 1}')
    with pytest.raises(RecordError, match=r"missing or unknown: command, config"):
        read_info(folder)
    good = {"schema": "pushgrasp.run/2", **asdict(INFO)}
    for name, value in (("seed", -5), ("seed", "0"), ("trials", 0), ("policy", None), ("left_out", [3])):
        (folder / "run.json").write_text(json.dumps({**good, name: value}))
        with pytest.raises(RecordError, match=rf"run.json: {name}"):
            read_info(folder)
    (folder / "run.json").write_text(json.dumps({**good, "protocol": "P9"}))
    with pytest.raises(RecordError, match=r"run.json: unknown protocol 'P9'"):
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
