"""What is kept of an evaluation that fails, and command lines that are refused before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pg_tasks.evaluate import command
from pushgrasp.evaluation.record_file import read_records
from pushgrasp.evaluation.records import TrialRecord
from pushgrasp.evaluation.replay import Setup
from pushgrasp.evaluation.runs import records_path
from pushgrasp.jobs.job import Finished, Job
from pushgrasp.program import UserError
from pushgrasp.scenes.designs import designs
from pushgrasp.scenes.file import write_scene


def test_what_is_done_is_kept_and_told_when_the_rest_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[int, ...]] = []

    def work_on(job: Job, crew: object, tell: Callable[[str], None]) -> Iterator[Finished]:
        """Do the first unit and fail."""
        begun.append(job.numbers)
        record = TrialRecord(job.numbers[0], False, (), setup=Setup("training", 2, (), ()))
        yield Finished(job.numbers[0], (record, b"png"), "")
        raise UserError("trial 2 failed 3 times")

    monkeypatch.setattr(command, "work_on", work_on)
    folder = tmp_path / "P1_case1"
    words = ["--policy", "random", "--physics", "mujoco", "--protocol", "P1/case1", "--trials", "3"]
    for kept in (1, 2):
        with pytest.raises(UserError, match="trial 2 failed 3 times") as failed:
            command.main([*words, "--out", str(tmp_path)])
        assert failed.value.__notes__ == [f"{kept} trials are kept, the same command runs the other {3 - kept}"]
        assert [record.trial for record in read_records(records_path(folder))] == list(range(kept))
    assert begun == [(0, 1, 2), (1, 2)]  # what is there is not done again
    assert (folder / "pictures" / "trial_0001.png").read_bytes() == b"png"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_scene(tmp_path / "0.json", designs("P5_tight")[0])
    (tmp_path / "1.json").write_text("{")
    (tmp_path / "2.json").write_text('{"schema": "pushgrasp.scene/1", "target": 0, "objects": []}')
    return tmp_path


OWN = ("--policy", "random", "--physics", "mujoco", "--out", "out", "--protocol")


def test_all_bad_scenes_are_named_before_anything_is_written(files: Path) -> None:
    with pytest.raises(UserError, match=r"1\.json:1: .*; 2\.json: .*; mend them, .* with --skip_bad_scenes$"):
        command.main([*OWN, "scenes:*.json"])
    assert not (files / "out").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("P1/case1", "--seed", "-5"), "--seed -5: a whole number from 0 to 4294967295 is needed"),
        (("P1/case1", "--seed", str(10**12)), "--seed 1000000000000: a whole number"),
        (("P1/case1,P9",), "unknown protocol 'P9'"),
        (("scenes:./0.json,scenes:._0.json",), "scenes '._0.json': neither a scene family nor"),
        (("scenes:none.json",), "scenes 'none.json': neither a scene family nor a scene file"),
        (("P1/case1", "--out", "1.json"), "1.json is a file, no folder"),
    ],
)
def test_wrong_words_are_refused_before_anything_is_written(files: Path, words: tuple[str, ...], message: str) -> None:
    before = sorted(files.iterdir())
    with pytest.raises((UserError, ValueError, OSError), match=message):
        command.main([*OWN, *words])
    assert sorted(files.iterdir()) == before
