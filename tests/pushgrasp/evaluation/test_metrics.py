"""Metrics against values worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pushgrasp.evaluation.intervals import share
from pushgrasp.evaluation.metrics import success_within, summarise
from pushgrasp.evaluation.records import ActionRecord, TrialRecord

Z = 1.959963984540054
"""97.5 % quantile of the standard normal distribution."""

PUSH, MISS, HIT = ActionRecord(("push",), True), ActionRecord(("grasp",), False), ActionRecord(("grasp",), True)

RECORDS = (
    TrialRecord(trial=0, completed=True, actions=(PUSH, PUSH, HIT), objects=10, taken=1),
    TrialRecord(trial=1, completed=True, actions=(MISS, MISS, MISS, HIT), objects=10, taken=1),
    TrialRecord(
        trial=2, completed=False, actions=(PUSH,) * 4 + (MISS,) * 5, objects=5, objects_lost=1, cause="out of bounds"
    ),
)


def wilson(hits: int, base: int) -> tuple[float, float]:
    """Ends of Wilson's interval, (p + z^2/2n -+ z sqrt(p (1-p)/n + z^2/4n^2)) / (1 + z^2/n)."""
    p, q = hits / base, Z * Z / base
    middle, half = p + q / 2, Z * (p * (1 - p) / base + q / (4 * base)) ** 0.5
    return (middle - half) / (1 + q), (middle + half) / (1 + q)


def test_each_of_two_grasps_at_once_counts() -> None:
    both = ("grasp", "grasp")
    pairs = [ActionRecord(both, True, lifted=lifted) for lifted in ((1, 1), (1, 0), (2, 1))]
    record = TrialRecord(trial=0, completed=True, actions=(*pairs, HIT, MISS), objects=10, taken=6)
    success = summarise([record]).grasp_success
    assert success is not None
    assert (success.value, success.base) == (5 / 8, 8)  # 2 + 1 + 1 + 1 of 3 x 2 + 2; one arm lifted two objects


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
    assert [(record.count("push"), record.count("grasp"), record.grasp_successes) for record in RECORDS] == [
        (2, 1, 1),
        (0, 4, 1),
        (4, 5, 0),
    ]


def test_metrics_of_three_trials() -> None:
    summary = summarise(RECORDS)
    assert (summary.trials, summary.faults, summary.objects_lost) == (3, 0, 1)
    assert summary.completion is not None and summary.completion.value == pytest.approx(2 / 3)
    # grasps of the two completed trials: 1 + 4 with 2 successes; with the third trial's 5: 10
    assert summary.grasp_success is not None and summary.grasp_success.value == pytest.approx(2 / 5)
    assert summary.grasp_success_all is not None and summary.grasp_success_all.value == pytest.approx(2 / 10)
    # of the two completed trials the first has pushes; the third has them, too, but is not completed
    assert summary.with_push == share(1, 2)
    # (3 + 4) / 2 actions in completed trials, (3 + 4 + 9) / 3 in all
    assert summary.motion_number is not None and summary.motion_number.value == pytest.approx(3.5)
    assert summary.motion_number_all is not None and summary.motion_number_all.value == pytest.approx(16 / 3)
    assert (summary.motion_number.base, summary.motion_number_all.base) == (2, 3)
    # pushes alone: (2 + 0) / 2 and (2 + 0 + 4) / 3
    assert summary.push_number is not None and summary.push_number.value == pytest.approx(1.0)
    assert summary.push_number_all is not None and summary.push_number_all.value == pytest.approx(2.0)


def test_an_action_counts_for_each_kind_that_any_arm_does() -> None:
    both, idle = ActionRecord(("push", "grasp"), True), ActionRecord(("none", "none"), False)
    move, pushes = ActionRecord(("none", "move"), True), ActionRecord(("push", "push"), True)
    summary = summarise([TrialRecord(trial=0, completed=True, actions=(move, idle, pushes, both))])
    numbers = summary.motion_number, summary.push_number, summary.move_number, summary.move_number_all
    assert [number and number.value for number in numbers] == [4.0, 2.0, 1.0, 1.0]
    assert summary.grasp_success is not None and (summary.grasp_success.value, summary.grasp_success.base) == (1.0, 1)
    # one of four actions is a grasp: what does not push is none of them
    assert summary.motion_efficiency is not None and summary.motion_efficiency.value == 0.25


def test_shares_of_actions_and_objects() -> None:
    summary = summarise(RECORDS)
    # grasps among the actions: 5 of 7 in completed trials, 10 of 16 in all
    assert summary.motion_efficiency is not None and summary.motion_efficiency.value == pytest.approx(5 / 7)
    assert summary.motion_efficiency_all is not None and summary.motion_efficiency_all.value == pytest.approx(10 / 16)
    # two objects grasped of 10 + 10 + 5
    assert summary.declutter is not None and (summary.declutter.value, summary.declutter.base) == (2 / 25, 25)


def test_unreachable_actions_and_wrong_objects() -> None:
    actions = (
        replace(PUSH, executed=False),
        replace(PUSH, planned=False, executed=False),
        replace(MISS, wrong_lifted=True),
    )
    summary = summarise([TrialRecord(trial=0, completed=False, actions=(*actions, MISS))])
    # one of four was planned and could not be carried out; one of two grasps lifted something else
    assert summary.unreachable is not None and summary.unreachable.value == 0.25
    assert summary.wrong_lifted is not None and summary.wrong_lifted.value == 0.5


def test_penetration_of_the_pads_is_over_actions_that_tell() -> None:
    actions = (replace(PUSH, pad_penetration_m=0.001), PUSH, replace(HIT, pad_penetration_m=0.002))
    summary = summarise([TrialRecord(trial=0, completed=True, actions=actions)])
    assert summary.pad_penetration_mm is not None
    assert (summary.pad_penetration_mm.value, summary.pad_penetration_mm.base) == (1.5, 2)
    assert summary.deepest_pad_penetration_mm == 2.0
    untold = summarise(RECORDS)
    assert (untold.pad_penetration_mm, untold.deepest_pad_penetration_mm) == (None, None)


def test_times_are_per_action() -> None:
    slow, fast = replace(PUSH, simulated_s=4.0), replace(HIT, simulated_s=2.0)
    records = [TrialRecord(trial=0, completed=True, actions=(slow, fast), times={"wall_s": 3.0})]
    summary = summarise(records)
    assert summary.simulated_s is not None and summary.simulated_s.value == 3.0
    assert summary.wall_s == 1.5
    assert summarise(RECORDS).wall_s is None
    assert summarise(RECORDS).simulated_s is None


def test_seconds_are_those_of_completed_trials_that_tell_them_all() -> None:
    slow, fast = replace(PUSH, simulated_s=4.0), replace(HIT, simulated_s=2.0)
    completed = TrialRecord(trial=0, completed=True, actions=(slow, fast, fast))
    failed = TrialRecord(trial=1, completed=False, actions=(slow, slow))
    untold = TrialRecord(trial=2, completed=True, actions=(slow, HIT))
    summary = summarise([completed, failed, untold])
    assert summary.trial_s is not None and (summary.trial_s.value, summary.trial_s.base) == (8.0, 1)
    assert summarise(RECORDS).trial_s is None


@pytest.mark.parametrize(("limit", "hits"), [(2, 0), (3, 1), (4, 2), (100, 2)])
def test_success_within_a_limit(limit: int, hits: int) -> None:
    result = success_within(RECORDS, limit)
    assert result is not None and (result.value, result.base) == (pytest.approx(hits / 3), 3)


def test_causes_are_counted() -> None:
    assert summarise(RECORDS).causes == {"out of bounds": 1}


def test_faults_are_counted_and_left_out() -> None:
    fault = TrialRecord(
        trial=3, completed=False, actions=(PUSH, MISS), objects_lost=10, fault=True, cause="simulator fault"
    )
    with_fault, without = summarise([*RECORDS, fault]), summarise(RECORDS)
    assert with_fault.faults == 1
    assert with_fault.causes == {"out of bounds": 1, "simulator fault": 1}
    assert replace(with_fault, trials=3, faults=0, causes=without.causes) == without


def test_nothing_completed_leaves_conditional_metrics_undefined() -> None:
    summary = summarise(RECORDS[2:])
    assert summary.completion is not None and summary.completion.value == 0.0
    assert summary.grasp_success is None
    assert summary.motion_number is None
    assert summary.grasp_success_all is not None and summary.grasp_success_all.base == 5
    assert summary.motion_number_all is not None and summary.motion_number_all.value == 9.0


def test_pushes_alone_leave_grasp_success_undefined() -> None:
    record = TrialRecord(trial=0, completed=False, actions=(PUSH,) * 15)
    summary = summarise([record])
    assert (summary.grasp_success, summary.grasp_success_all) == (None, None)


def test_no_trial_defines_nothing() -> None:
    summary = summarise([])
    assert (summary.trials, summary.completion, summary.motion_number_all) == (0, None, None)
