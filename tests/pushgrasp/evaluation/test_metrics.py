"""Metrics against values worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pushgrasp.evaluation.metrics import TrialRecord, share, summarise

Z = 1.959963984540054
"""97.5 % quantile of the standard normal distribution."""

RECORDS = (
    TrialRecord(trial=0, completed=True, pushes=2, grasps=1, grasp_successes=1, objects_lost=0),
    TrialRecord(trial=1, completed=True, pushes=0, grasps=4, grasp_successes=1, objects_lost=0),
    TrialRecord(trial=2, completed=False, pushes=4, grasps=5, grasp_successes=0, objects_lost=1),
)


def wilson(hits: int, base: int) -> tuple[float, float]:
    """Ends of Wilson's interval, (p + z^2/2n -+ z sqrt(p (1-p)/n + z^2/4n^2)) / (1 + z^2/n)."""
    p, q = hits / base, Z * Z / base
    middle, half = p + q / 2, Z * (p * (1 - p) / base + q / (4 * base)) ** 0.5
    return (middle - half) / (1 + q), (middle + half) / (1 + q)


@pytest.mark.parametrize(("hits", "base"), [(14, 16), (1, 3), (50, 100), (0, 7), (7, 7)])
def test_share_has_wilsons_interval(hits: int, base: int) -> None:
    result = share(hits, base)
    assert result is not None
    assert (result.value, result.base) == (hits / base, base)
    assert (result.low, result.high) == pytest.approx(wilson(hits, base), abs=1e-9)


def test_wilsons_interval_of_no_hit_in_ten() -> None:
    # low 0, high z^2 / (n + z^2) = 3.8415 / 13.8415 = 0.27753
    result = share(0, 10)
    assert result is not None
    assert (result.low, result.high) == pytest.approx((0.0, 0.27753), abs=1e-5)


def test_share_of_nothing_is_undefined() -> None:
    assert share(0, 0) is None


@pytest.mark.parametrize(("hits", "base"), [(-1, 3), (4, 3), (1, 0)])
def test_impossible_share_is_refused(hits: int, base: int) -> None:
    with pytest.raises(ValueError, match=f"hits is {hits}; it must be between 0 and the base {base}"):
        share(hits, base)


def test_actions_are_pushes_and_grasps() -> None:
    assert [record.actions for record in RECORDS] == [3, 4, 9]


def test_metrics_of_three_trials() -> None:
    summary = summarise(RECORDS)
    assert (summary.trials, summary.faults, summary.objects_lost) == (3, 0, 1)
    assert summary.completion is not None and summary.completion.value == pytest.approx(2 / 3)
    # grasps of the two completed trials: 1 + 4 with 2 successes; with the third trial's 5: 10
    assert summary.grasp_success is not None and summary.grasp_success.value == pytest.approx(2 / 5)
    assert summary.grasp_success_all is not None and summary.grasp_success_all.value == pytest.approx(2 / 10)
    # (3 + 4) / 2 actions in completed trials, (3 + 4 + 9) / 3 in all
    assert summary.motion_number == pytest.approx(3.5)
    assert summary.motion_number_all == pytest.approx(16 / 3)


def test_faults_are_counted_and_left_out() -> None:
    fault = TrialRecord(trial=3, completed=False, pushes=7, grasps=2, grasp_successes=0, objects_lost=10, fault=True)
    with_fault, without = summarise([*RECORDS, fault]), summarise(RECORDS)
    assert with_fault.faults == 1
    assert replace(with_fault, trials=3, faults=0) == without


def test_nothing_completed_leaves_conditional_metrics_undefined() -> None:
    summary = summarise(RECORDS[2:])
    assert summary.completion is not None and summary.completion.value == 0.0
    assert summary.grasp_success is None
    assert summary.motion_number is None
    assert summary.grasp_success_all is not None and summary.grasp_success_all.base == 5
    assert summary.motion_number_all == 9.0


def test_pushes_alone_leave_grasp_success_undefined() -> None:
    record = TrialRecord(trial=0, completed=False, pushes=15, grasps=0, grasp_successes=0, objects_lost=0)
    summary = summarise([record])
    assert (summary.grasp_success, summary.grasp_success_all) == (None, None)


def test_no_trial_defines_nothing() -> None:
    summary = summarise([])
    assert (summary.trials, summary.completion, summary.motion_number_all) == (0, None, None)
