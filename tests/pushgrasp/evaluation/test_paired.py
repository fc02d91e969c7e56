"""Trial-by-trial comparison, by hand."""

from __future__ import annotations

import pytest
from scipy.stats import ttest_rel

from pushgrasp.evaluation.paired import fewer_motions, pairs
from pushgrasp.evaluation.records import ActionRecord, TrialRecord

PUSH, HIT = ActionRecord(("push",), True), ActionRecord(("grasp",), True)


def trials(*actions: int, failed: tuple[int, ...] = (), faults: tuple[int, ...] = ()) -> list[TrialRecord]:
    return [
        TrialRecord(n, n not in failed, (PUSH,) * (count - 1) + (HIT,), fault=n in faults, scene=f"s{n}")
        for n, count in enumerate(actions)
    ]


def test_easy_and_hard_scenes_cancel_out() -> None:
    few, many = trials(1, 5, 2, 7), trials(2, 6, 3, 8)
    saved = fewer_motions(pairs(few, many))
    assert saved is not None and (saved.value, saved.low, saved.high, saved.base) == (1.0, 1.0, 1.0, 4)
    back = fewer_motions(pairs(many, few))
    assert back is not None and back.value == -1.0


def test_the_interval_agrees_with_a_paired_t_test() -> None:
    few, many = [1, 3, 2, 2, 4, 1, 2, 5, 1, 2, 3, 1] * 4, [2, 3, 4, 2, 5, 1, 1, 6, 3, 2, 4, 2] * 4
    saved = fewer_motions(pairs(trials(*few), trials(*many)))
    wanted = ttest_rel(many, few).confidence_interval(0.95)
    assert saved is not None and saved.low is not None and saved.high is not None
    assert (saved.low, saved.high) == pytest.approx((wanted.low, wanted.high), abs=0.05)


def test_only_trials_that_both_completed_count() -> None:
    both = pairs(trials(1, 2, 3, 4, failed=(1,)), trials(2, 2, 2, faults=(2,)))
    assert [record.trial for record, _ in both] == [0, 1]
    saved = fewer_motions(both)
    assert saved is not None and (saved.value, saved.base) == (1.0, 1)
    assert fewer_motions(pairs(trials(1), trials(1, failed=(0,)))) is None


def test_other_scenes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"trial 0 begins with .* 's0' here and with .* 'other' there"):
        pairs(trials(1), [TrialRecord(0, True, (HIT,), scene="other")])
