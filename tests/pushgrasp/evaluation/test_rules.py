"""Failure rules, action by action."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from pushgrasp.evaluation.rules import ENDS, FailureRule, TrialRules, has_changed


def judge(rules: TrialRules, **facts: Any) -> list[str | None]:
    """What one action per world ends; facts that are not given are those of a push that changed something."""
    usual = {"is_grasp": 0, "grasped": 0, "changed": 1, "target_lost": 0, "fault": 0}
    flags = {name: torch.tensor(facts.get(name, [value, value])).bool() for name, value in usual.items()}
    codes = rules.judge(lost=torch.tensor(facts.get("lost", [0, 0])), **flags).tolist()
    return [None if code < 0 else ENDS[code] for code in codes]


def test_other_actions_do_not_interrupt_failed_grasps_and_a_success_ends() -> None:
    rules = TrialRules(FailureRule(30, failed_grasps=2), 2)
    assert judge(rules, is_grasp=[1, 0]) == [None, None]
    assert judge(rules, is_grasp=[0, 1]) == [None, None]
    assert judge(rules, is_grasp=[1, 1], grasped=[0, 1]) == ["failed grasps", "completed"]


def test_a_new_trial_starts_from_nothing() -> None:
    rules = TrialRules(FailureRule(30, failed_grasps=2), 2)
    judge(rules, is_grasp=[1, 1])
    rules.begin(0)
    assert judge(rules, is_grasp=[1, 1]) == [None, "failed grasps"]


def test_limit_of_actions() -> None:
    rules = TrialRules(FailureRule(2), 2)
    assert judge(rules) == [None, None]
    assert judge(rules, is_grasp=[0, 1], grasped=[0, 1]) == ["action limit", "completed"]


def test_actions_without_change_in_a_row() -> None:
    rules = TrialRules(FailureRule(30, unchanged=2), 2)
    assert judge(rules, changed=[0, 0]) == [None, None]
    assert judge(rules, changed=[1, 0]) == [None, "no change"]
    assert judge(rules, changed=[0, 1]) == [None, None]


@pytest.mark.parametrize(("lost", "expected"), [("any", "object lost"), ("target", None)])
def test_lost_objects(lost: Any, expected: str | None) -> None:
    rules = TrialRules(FailureRule(30, lost=lost), 2)
    assert judge(rules, lost=[1, 0]) == [expected, None]
    assert judge(rules, lost=[0, 1], target_lost=[0, 1]) == [None, "object lost"]


def test_a_fault_outweighs_everything() -> None:
    rules = TrialRules(FailureRule(1), 2)
    assert judge(rules, fault=[1, 0], is_grasp=[1, 0], grasped=[1, 0]) == ["simulator fault", "action limit"]


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"action_limit": 0}, "action_limit is 0; at least 1 is needed"),
        ({"action_limit": 5, "unchanged": 0}, "unchanged is 0; at least 1 is needed"),
        ({"action_limit": 5, "lost": "all"}, "lost is 'all'; allowed: any, target"),
    ],
)
def test_wrong_rules_are_refused(numbers: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FailureRule(**numbers)


def test_rule_in_words() -> None:
    rule = FailureRule(30, failed_grasps=5, unchanged=4, lost="any")
    assert rule.describe() == (
        "30 actions, 5 consecutive failed grasps, 4 consecutive actions without change, any object lost"
    )


def test_change_needs_four_square_centimetres() -> None:
    before, after = torch.zeros(4, 10, 10), torch.zeros(4, 10, 10)
    after[0, :2, :2], after[1, :2, :2], after[2, 0, :3] = 0.02, -0.02, 0.02  # 4, 4 and 3 cells of 1 cm^2
    after[3] = 0.009  # everywhere, but not high enough
    assert has_changed(before, after, 0.01).tolist() == [True, True, False, False]
