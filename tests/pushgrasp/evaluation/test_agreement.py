"""Whether actions that are done again come out the same."""

from __future__ import annotations

import numpy as np
import pytest

from pushgrasp.evaluation.agreement import Replayed, agreement, apart, largest


def test_only_objects_that_moved_count() -> None:
    before = np.zeros((4, 3))
    then = np.array([[0.0, 0.0, 0.001], [0.1, 0.0, 0.0], [0.0, 0.0, 0.0], [np.nan] * 3])
    now = np.array([[0.0, 0.0, 0.0], [0.1, 0.003, 0.004], [0.02, 0.0, 0.0], [0.3, 0.0, 0.0]])
    # The first moved by less than 2 mm; the second is 5 mm from where it ended; the third moved now only; the last was
    # taken away then.
    assert apart(before, then, now) == pytest.approx([0.005, 0.02])


def replayed(kind: str, recorded: bool, success: bool, *apart: float, exploded: tuple[int, ...] = ()) -> Replayed:
    return Replayed(0, 0, (kind, "none"), recorded, success, apart, exploded=exploded)


def test_agreement_is_by_kind() -> None:
    grasps = [
        replayed("grasp", True, True),
        replayed("grasp", True, False, 0.03),
        replayed("grasp", False, False, 0.01),
    ]
    found = agreement([*grasps, replayed("push", False, True, 0.5)], "grasp")
    assert found.success is not None
    assert (found.success.value, found.success.base) == (pytest.approx(2 / 3), 3)
    assert (found.only_then, found.only_now, found.moved) == (1, 0, 2)
    assert found.median_apart == pytest.approx(0.02)
    assert agreement(grasps, "move").success is None


def test_what_exploded_does_not_agree() -> None:
    broken = replayed("push", False, False, float("nan"), exploded=(3,))
    found = agreement([broken], "push")
    assert found.success is not None
    assert (found.success.value, found.median_apart) == (0.0, None)


def test_the_largest_disagreements_come_first() -> None:
    same, far = replayed("push", True, True, 0.001), replayed("push", True, True, 0.2)
    other, broken = replayed("grasp", True, False), replayed("push", True, True, exploded=(1,))
    assert largest([same, far, other, broken], 3) == [broken, other, far]
