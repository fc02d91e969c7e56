"""What the benchmark of evaluations makes of the clock and of the records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pg_tasks.benchmarks import evaluation
from pushgrasp.evaluation.record_file import append_record
from pushgrasp.evaluation.records import ActionRecord, TrialRecord
from pushgrasp.evaluation.runs import records_path, run_folder


def test_actions_are_counted_against_the_whole_duration(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Sequence[str]] = []

    def evaluate(words: Sequence[str]) -> None:
        asked.append(words)
        folder = run_folder(Path(words[words.index("--out") + 1]), "P1/case2")
        folder.mkdir(parents=True)
        for number in range(3):
            actions = (ActionRecord(("push",), True), ActionRecord(("grasp",), True))
            append_record(records_path(folder), TrialRecord(trial=number, completed=True, actions=actions))

    clock, cpu = iter([100.0, 104.0]), iter([1.0, 4.0])
    monkeypatch.setattr(evaluation, "main", evaluate)
    monkeypatch.setattr(evaluation.time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(evaluation, "_cpu_of_children", lambda: next(cpu))
    figures = evaluation.run(trials=3, processes=1)
    # six actions in four seconds, with three seconds of CPU time
    assert [figure.value for figure in figures] == [90.0, 6, 4.0, 0.5]
    assert [figure.met for figure in figures] == [False, None, None, None]
    assert asked[0][asked[0].index("--trials") + 1] == "3"
    assert "--pictures" not in asked[0]
