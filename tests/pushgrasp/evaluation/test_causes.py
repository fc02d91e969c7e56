"""Each failed trial has one cause."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pushgrasp.evaluation.causes import CAUSES, cause_of_action, cause_of_trial
from pushgrasp.evaluation.records import ActionRecord

GRASP, PUSH = ActionRecord(("grasp",), False), ActionRecord(("push",), False)
NO_PLAN, UNREACHABLE = replace(GRASP, planned=False, executed=False), replace(GRASP, executed=False)
WRONG = replace(GRASP, wrong_lifted=True)


@pytest.mark.parametrize(
    ("action", "cause"),
    [
        (replace(GRASP, success=True), None),
        (replace(PUSH, success=True), None),
        (replace(PUSH, kinds=("move", "none")), None),
        (replace(PUSH, kinds=("move", "none"), changed=False), "no change"),
        (replace(PUSH, kinds=("none", "none"), planned=False), "no feasible plan"),
        (replace(GRASP, kinds=("push", "grasp"), changed=False), "imprecise grasp"),
        (PUSH, None),  # it moved something, in vain
        (replace(PUSH, changed=False), "no change"),
        (replace(PUSH, executed=False, changed=False), "unreachable path point"),
        (UNREACHABLE, "unreachable path point"),
        (NO_PLAN, "no feasible plan"),
        (WRONG, "wrong object lifted"),
        (GRASP, "imprecise grasp"),
    ],
)
def test_cause_of_an_action(action: ActionRecord, cause: str | None) -> None:
    assert cause_of_action(action) == cause


@pytest.mark.parametrize(
    ("end", "actions", "cause"),
    [
        ("completed", [GRASP], None),
        ("cleared", [GRASP], None),
        ("simulator fault", [GRASP], "simulator fault"),
        ("object lost", [GRASP], "out of bounds"),
        ("action limit", [GRASP], "time-out"),
        ("failed grasps", [WRONG, GRASP, GRASP, NO_PLAN, NO_PLAN, NO_PLAN], "no feasible plan"),
        ("failed grasps", [GRASP, GRASP, PUSH, WRONG, GRASP, WRONG], "imprecise grasp"),
        ("failed grasps", [GRASP, WRONG, GRASP, WRONG], "wrong object lifted"),  # the latest decides a tie
        ("failed grasps", [WRONG, replace(PUSH, kinds=("move",), executed=False)] * 3, "wrong object lifted"),
        ("no change", [replace(PUSH, changed=False)] * 3 + [UNREACHABLE] * 2, "no change"),
    ],
)
def test_cause_of_a_trial(end: Any, actions: list[ActionRecord], cause: str | None) -> None:
    assert cause_of_trial(end, actions) == cause
    assert cause is None or cause in CAUSES
