"""Whether two engines rank policies alike, against numbers worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from pushgrasp.evaluation.ranks import (
    engine_table,
    figures,
    mean_maximum_rank_violation,
    paired_runs,
    pearson,
    rank_table,
    resampled,
)
from pushgrasp.evaluation.records import ActionRecord, TrialRecord
from pushgrasp.evaluation.runs import Run, RunInfo

INFO = RunInfo("P1/case1", "random", None, 0, "c", "DualArmPushGrasp", "training", "mujoco", None, 2, "", scenes="s")


def test_equal_ranks_violate_nothing() -> None:
    assert mean_maximum_rank_violation([1.0, 2.0, 3.0], [10.0, 11.0, 30.0]) == 0.0


def test_a_violation_counts_as_much_as_the_reference_differs() -> None:
    # The second and third policy, 0.2 apart, are ranked the other way round; the first rightly: (0 + 0.2 + 0.2) / 3.
    assert mean_maximum_rank_violation([0.1, 0.5, 0.7], [0.1, 0.9, 0.8]) == pytest.approx(0.4 / 3)


def test_pearson_of_a_line_is_one() -> None:
    assert pearson([1.0, 2.0, 4.0], [5.0, 7.0, 11.0]) == pytest.approx(1.0)
    # Deviations (-1, 0, 1) and (0, -1, 1): sum of products 1, both norms sqrt(2).
    assert pearson([1.0, 2.0, 3.0], [2.0, 1.0, 3.0]) == pytest.approx(0.5)
    assert math.isnan(pearson([1.0, 1.0], [1.0, 2.0]))


def test_one_policy_has_no_rank() -> None:
    with pytest.raises(ValueError, match="two at least; got 1 and 1"):
        pearson([1.0], [2.0])


def test_intervals_hold_the_value_and_repeat() -> None:
    reference, other = [[1, 2, 3], [4, 5, 6], [7, 9, 8]], [[2, 2, 3], [4, 4, 6], [6, 9, 9]]
    correlation, violation = resampled(reference, other)
    assert correlation.value == pytest.approx(pearson([2, 5, 8], [7 / 3, 14 / 3, 8]))
    assert correlation.low <= correlation.value <= correlation.high
    assert violation.value == 0.0
    assert resampled(reference, other) == (correlation, violation)


def test_faults_say_nothing_about_a_policy() -> None:
    grasp, push = ActionRecord(("grasp", "none"), True), ActionRecord(("push", "push"), False)
    records = [TrialRecord(0, True, (push, grasp)), TrialRecord(1, False, (push,), fault=True)]
    assert figures(records) == {"completion": [1.0], "grasp success": [1.0], "motions": [2.0]}


def run(policy: str, physics: str, motions: int, scenes: str = "s") -> Run:
    grasp = ActionRecord(("grasp", "none"), True)
    records = tuple(TrialRecord(number, True, (grasp,) * motions) for number in range(2))
    return Run(Path(policy, physics), replace(INFO, policy=policy, physics=physics, scenes=scenes), records)


def test_policies_of_both_engines_are_paired() -> None:
    mine = [run("random", "mujoco", 5), run("heuristic", "mujoco", 3), run("oracle", "mujoco", 1)]
    theirs = [run("heuristic", "sapien", 2), run("random", "sapien", 6)]
    (pair,) = paired_runs(mine, theirs)
    assert [r.info.policy for r in pair.reference] == [r.info.policy for r in pair.other] == ["random", "heuristic"]
    assert engine_table([pair]).row_count == 4
    (motions,) = [
        row for row in zip(*(column.cells for column in rank_table([pair]).columns), strict=True) if row[1] == "motions"
    ]
    assert motions[2:4] == ("yes", "1.00 [1.00, 1.00]")


def test_other_scenes_are_refused() -> None:
    mine, theirs = [run("random", "mujoco", 5)], [run("random", "sapien", 5, scenes="t")]
    with pytest.raises(ValueError, match="other scenes"):
        paired_runs(mine, theirs)
    with pytest.raises(ValueError, match="two policies in both engines"):
        paired_runs(mine, [run("random", "sapien", 5)])
