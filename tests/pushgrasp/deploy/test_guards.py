"""Every threshold of the control cycle's guard, each just kept and just broken; the clock that both arms share."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pushgrasp.deploy.devices import Safety
from pushgrasp.deploy.guards import Cycle, CycleGuard, common_scaling

from .cells import arm_state, example, gripper_state

JOINTS = np.array([[0.1, -1.2, -2.0, -1.0, 1.5, 0.3], [-0.4, -1.1, -1.9, -1.2, 1.4, 0.0]])
GUARD = CycleGuard(example())


def cycle(arm: dict[str, Any] | None = None, gripper: dict[str, Any] | None = None, **other: Any) -> Cycle:
    """A cycle at 10.01 s in which all is well, but for what is said of the right arm, its gripper and the rest."""
    arms = [arm_state(joints=JOINTS[0]), arm_state(**{"joints": JOINTS[1], **(arm or {})})]
    grippers = [gripper_state(), gripper_state(**(gripper or {}))]
    good = Cycle(10.01, 0.008, JOINTS + 0.004, JOINTS, arms, grippers)
    return replace(good, **other)


def moved(joint: int, by: float) -> np.ndarray:
    """Joint angles of the right arm but for one of them."""
    return JOINTS[1] + by * np.eye(6)[joint]


def test_nothing_is_wrong() -> None:
    assert GUARD.violation(cycle()) is None


@pytest.mark.parametrize(
    ("kept", "broken", "message"),
    [
        ({"elapsed": 0.0499}, {"elapsed": 0.0501}, "the last cycle took 50 ms; at most 50 ms"),
        ({"now": 10.0799}, {"now": 10.1001}, "left: silent for 100 ms; at most 80 ms"),
        ({"arm": {"received": 9.94}}, {"arm": {"received": 9.9}}, "right: silent for 110 ms; at most 80 ms"),
        ({"arm": {"scaling": 0.0201}}, {"arm": {"scaling": 0.0199}}, "right: slowed down to 2.0% of its speed"),
        (
            {"arm": {"joints": moved(3, 0.0999)}},
            {"arm": {"joints": moved(3, -0.1001)}},
            "right: a joint is 0.100 rad from its set-point; at most 0.1",
        ),
        (  # 18, 24 and 0 N are 30 N
            {"arm": {"force": np.array([18.0, -23.9, 0.0, 9e9, 0.0, 0.0])}},
            {"arm": {"force": np.array([18.0, -24.1, 0.0, 0.0, 0.0, 0.0])}},
            "right: a force of 30.1 N on its TCP; at most 30.0",
        ),
        (  # the right base at x = 0.70 looks to -x: 1.674 m before it is -0.974, 25 mm beyond the box's -0.95
            {"arm": {"tcp": np.array([1.674, 0.0, 0.1, 0.0, 0.0, 0.0])}},
            {"arm": {"tcp": np.array([1.676, 0.0, 0.1, 0.0, 0.0, 0.0])}},
            "right: its TCP is at (-0.976, 0.000, 0.400) m",
        ),
        ({"gripper": {"received": 9.92}}, {"gripper": {"received": 9.9}}, "right gripper: silent for 110 ms"),
        ({"gripper": {"fault": 0}}, {"gripper": {"fault": 14}}, "right gripper: reports fault 14"),
        ({"gripper": {"active": True}}, {"gripper": {"active": False}}, "right gripper: is not active any more"),
        (
            {"setpoints": JOINTS + np.array([[0.0099], [-0.0099]])},
            {"setpoints": JOINTS + np.array([[0.0], [-0.0101]])},
            "right: a set-point is 0.0101 rad from the last one; at most 0.01",
        ),
        ({"arm": {}}, {"arm": {"program_running": False}}, "right: its program has ended"),
    ],
)
def test_each_threshold(kept: dict[str, Any], broken: dict[str, Any], message: str) -> None:
    assert GUARD.violation(cycle(**kept)) is None
    assert (GUARD.violation(cycle(**broken)) or "").startswith(message)


@pytest.mark.parametrize("safety", [safety for safety in Safety if safety is not Safety.NORMAL])
def test_safety_status(safety: Safety) -> None:
    expected = f"right: {safety.value}; only normal is allowed: look at the cell, then release it on the pendant"
    assert GUARD.violation(cycle(arm={"safety": safety})) == expected


def test_set_points_stay_in_the_joints_range() -> None:
    edge = JOINTS.copy()
    edge[1, 2] = math.pi - 0.001
    arm = {"joints": edge[1]}
    beyond = edge + np.array([[0.0], [0.002]])
    assert GUARD.violation(cycle(arm, last=edge, setpoints=edge)) is None
    assert "beyond the joints' range" in (GUARD.violation(cycle(arm, last=edge, setpoints=beyond)) or "")


@pytest.mark.parametrize(
    "broken",
    [
        {"elapsed": math.nan},
        {"now": math.nan},
        {"arm": {"joints": np.full(6, math.nan)}},
        {"arm": {"force": np.full(6, math.nan)}},
        {"arm": {"tcp": np.full(6, math.nan)}},
        {"arm": {"scaling": math.nan}},
        {"gripper": {"received": math.nan}},
        {"setpoints": np.full((2, 6), math.nan)},
    ],
)
def test_what_is_no_number_is_wrong(broken: dict[str, Any]) -> None:
    assert GUARD.violation(cycle(**broken))


def test_thresholds_come_from_the_cell() -> None:
    cell = example()
    guard = CycleGuard(replace(cell, safety=replace(cell.safety, force=40.0)))
    pushed = cycle(arm={"force": np.array([35.0, 0.0, 0.0, 0.0, 0.0, 0.0])})
    assert guard.violation(pushed) is None
    assert GUARD.violation(pushed)


def test_counts_must_be_the_cells() -> None:
    with pytest.raises(ValueError, match="2 of each are needed"):
        GUARD.violation(cycle(setpoints=JOINTS[:1]))
    with pytest.raises(ValueError, match="2 of each are needed"):
        GUARD.violation(cycle(grippers=[gripper_state()]))


def test_clock_runs_as_the_slower_arm() -> None:
    def arms(*scalings: float) -> list[Any]:
        return [arm_state(scaling=scaling) for scaling in scalings]

    assert common_scaling(arms(1.0, 1.0)) == 1.0
    assert common_scaling(arms(1.0, 0.25)) == 0.25
    assert common_scaling(arms(-0.1, 1.0)) == 0.0  # never back
    assert common_scaling(arms(1.7, 1.2)) == 1.0  # never faster than planned
    with pytest.raises(ValueError, match="finite numbers are needed"):
        common_scaling(arms(1.0, math.nan))
