"""Why trials fail, each failed trial for one named cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import get_args

from pushgrasp.evaluation.records import DONE, ActionRecord, Cause, End

CAUSES: tuple[Cause, ...] = get_args(Cause)
OUT_OF_BOUNDS, UNREACHABLE, NO_PLAN, IMPRECISE, WRONG_OBJECT, NO_CHANGE, TIME_OUT, FAULT = CAUSES
"""In the order in which tables and figures show them; the first, second and fourth are named by Wang & Kasaei 2025."""

_OF_END: dict[End, Cause] = {"simulator fault": FAULT, "object lost": OUT_OF_BOUNDS, "action limit": TIME_OUT}


def cause_of_action(action: ActionRecord) -> Cause | None:
    """Return why a grasp failed or another action came to nothing, or None where neither did."""
    if action.success:
        return None
    if not action.planned:
        return NO_PLAN
    if not action.executed:
        return UNREACHABLE
    if action.does("grasp"):
        return WRONG_OBJECT if action.wrong_lifted else IMPRECISE
    return None if action.changed else NO_CHANGE


def cause_of_trial(end: End, actions: Sequence[ActionRecord], last: int = 5) -> Cause | None:
    """Return the cause of a trial's failure, or None if it did not fail.

    Trials that the rule about failed grasps ended take the commonest cause among their ``last`` grasps, those that the
    rule about change ended the commonest among their ``last`` actions; the latest one decides a tie.
    """
    if end in DONE:
        return None
    if end in _OF_END:
        return _OF_END[end]
    counted = [action for action in actions if end == "no change" or action.does("grasp")][-last:]
    found: list[Cause] = [cause for action in reversed(counted) if (cause := cause_of_action(action)) is not None]
    return Counter(found).most_common(1)[0][0] if found else NO_CHANGE
