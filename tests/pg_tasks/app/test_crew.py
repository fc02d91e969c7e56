"""Results of a job in a file, which a later command goes on from."""

from __future__ import annotations

import argparse
from io import StringIO
from pathlib import Path

import pytest
from small_work import square_job

from pg_tasks.app.crew import all_results
from pushgrasp.console import Console
from pushgrasp.jobs.results import append_result, read_results
from pushgrasp.program import UserError

ARGS = argparse.Namespace(processes=2, ray=None)


def test_a_later_command_does_what_is_left_and_all_come_in_order(tmp_path: Path) -> None:
    path, output = tmp_path / "results.jsonl", StringIO()
    screen = Console(file=output, width=100)
    append_result(path, 1, "made before")
    append_result(path, 9, "beyond the job")
    with pytest.raises(UserError, match="number 2 failed 3 times"):
        all_results(square_job(4, wrong=[2]), path, ARGS, screen)
    assert sorted(read_results(path)) == [0, 1, 3, 9]
    assert all_results(square_job(4), path, ARGS, screen) == {0: 0, 1: "made before", 2: 4, 3: 9}
    assert "squares: 1 of 1 numbers" in output.getvalue()
    whole = path.read_bytes()
    assert list(all_results(square_job(4, wrong=[0]), path, ARGS, screen)) == [0, 1, 2, 3]  # nobody is asked
    assert path.read_bytes() == whole


def test_a_full_disk_ends_the_job_and_keeps_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "out" / "results.jsonl"
    path.parent.mkdir()
    path.symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"results\.jsonl: the disk is full"):
        all_results(square_job(4), path, ARGS, Console(file=StringIO()))
    path.unlink()
    append_result(path, 2, 4)
    assert all_results(square_job(4), path, ARGS, Console(file=StringIO())) == {
        number: number**2 for number in range(4)
    }
