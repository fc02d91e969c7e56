"""What the benchmark of jobs makes of the clock and of the records."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from pg_tasks.benchmarks import jobs
from pushgrasp.evaluation.runs import records_path, run_folder
from pushgrasp.jobs.job import Finished


def test_what_workers_wait_and_what_the_driver_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    naps = [(7, 0.0, 9.0), (7, 10.0, 11.0), (8, 10.0, 12.0), (7, 11.5, 12.5)]  # the first tells that workers are there
    results = (Finished(number, (*nap, b""), "") for number, nap in enumerate(naps))
    clock = iter([1.0, 1.2])
    monkeypatch.setattr(jobs, "_naps", lambda crew, units, seconds: results)
    monkeypatch.setattr(jobs.time, "process_time", lambda: next(clock))
    # process 7 is there for 2.5 s, of which it waits 0.5; process 8 for 2 s; the driver takes 0.2 s for 4 s of naps
    assert jobs._overhead(contextlib.nullcontext(), 4) == pytest.approx((100.0 * 0.5 / 4.5, 5.0))  # pyright: ignore[reportArgumentType]


def test_turns_are_compared_by_their_medians_and_records(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def evaluate(out: Path, trials: int, seed: int, *who: str) -> float:
        lines = [{"trial": trial, "times": out.name, "completed": out.name != "ray_1"} for trial in range(trials)]
        records_path(run_folder(out, "P1/case2")).parent.mkdir(parents=True)
        records_path(run_folder(out, "P1/case2")).write_text("".join(json.dumps(line) + "\n" for line in lines))
        return 8.0 if "--ray" in who else 6.0

    monkeypatch.setattr(jobs, "_evaluate", evaluate)
    figures = jobs._in_turns(tmp_path, SimpleNamespace(address="here:1"), 3, 2, 0)
    assert [figure.value for figure in figures] == [6.0, 8.0, 0.75, 1]  # in one turn of two the records differ
    assert [figure.met for figure in figures[2:]] == [False, False]
