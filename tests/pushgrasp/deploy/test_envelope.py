"""The audit of plans: a good one passes, and each limit is found out by the plan that breaks it alone."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch

from pushgrasp.deploy.calibrated import nominal_kinematics, refine
from pushgrasp.deploy.envelope import EnvelopeError, SampledPlans, audit_plan, audit_plans
from pushgrasp.deploy.settings import BoxCfg, CellCfg, arms_cfg, home_joints
from pushgrasp.motion.arm.forward import Frames
from pushgrasp.motion.arm.reach import postures

from .cells import example

CELL = example()
DT = 0.008
HOME = home_joints(CELL)
DOWN = torch.diag(torch.tensor([1.0, -1.0, -1.0], dtype=torch.float64))


def turn(joint: int, angle: float, seconds: float) -> torch.Tensor:
    """One joint of the left arm from home and back again along a cosine, (T, 2, 6).

    The highest speed is pi * angle / seconds, the highest acceleration 2 * pi^2 * angle / seconds^2.
    """
    time = torch.linspace(0.0, 2.0 * math.pi, round(seconds / DT) + 1, dtype=torch.float64)
    joints = HOME.repeat(len(time), 1, 1)
    joints[:, 0, joint] += 0.5 * angle * (1.0 - time.cos())
    return joints


def still(left: torch.Tensor, right: torch.Tensor = HOME[1]) -> torch.Tensor:
    """Both arms at rest, (T, 2, 6)."""
    return torch.stack((left, right)).repeat(10, 1, 1)


def reaching(arm: int, x: float, y: float, z: float) -> torch.Tensor:
    """A posture of an arm with the gripper pointing down, (6,)."""
    position = torch.tensor([x, y, z], dtype=torch.float64).expand(2, 1, 3)
    joints, possible, _ = postures(Frames(DOWN.expand(2, 1, 3, 3), position), arms_cfg(CELL))
    return joints[arm, 0][possible[arm, 0]][0]


def violations(joints: torch.Tensor, cell: CellCfg = CELL, width: float = 0.1) -> list[str]:
    """What is wrong with one plan."""
    widths = torch.full(joints.shape[:2], width)
    return audit_plans(SampledPlans(joints[None], widths[None], DT), cell)[0]


def with_safety(**other: object) -> CellCfg:
    """The cell with other thresholds."""
    return replace(CELL, safety=replace(CELL.safety, **other))


def changed(joints: torch.Tensor, at: int, joint: int, by: float) -> torch.Tensor:
    """A plan whose left arm is off at one instant."""
    joints = joints.clone()
    joints[at, 0, joint] += by
    return joints


def test_a_good_plan_passes() -> None:
    assert violations(turn(0, 0.4, 4.0)) == []
    audit_plan(turn(0, 0.4, 4.0), torch.zeros(501, 2), DT, CELL, measured=HOME + 0.019)


SMALL = with_safety(planes=BoxCfg((-0.70, 0.70), (-0.65, 0.65), (-0.05, 0.85)))
"""The box of the TCPs goes from -0.65 to 0.65 m along x."""

TOGETHER = (reaching(0, -0.04, 0.0, 0.1), reaching(1, 0.04, 0.0, 0.1))
APART = (reaching(0, -0.3, 0.0, 0.1), reaching(1, 0.3, 0.0, 0.1))


def swung(angle: float) -> torch.Tensor:
    """A posture with the first joint turned from home; the TCP is 0.296 m from its axis."""
    return HOME[0] + angle * torch.eye(6, dtype=torch.float64)[0]


def twisted(angle: float) -> torch.Tensor:
    """A posture with the last joint turned from home, where it is at -0.62."""
    return HOME[0] + angle * torch.eye(6, dtype=torch.float64)[5]


@pytest.mark.parametrize(
    ("kept", "broken", "name", "bound"),
    [
        # home is at 62.4 degrees, 0.3 and 0.4 rad further the TCPs are at x of 0.647 and 0.676 m
        (
            (still(swung(-0.3)), SMALL),
            (still(swung(-0.4)), SMALL),
            "TCP in the box, x, y, z: -0.6759 m",
            "least -0.6501",
        ),
        (
            (still(HOME[0], swung(-0.3)), SMALL),
            (still(HOME[0], swung(-0.4)), SMALL),
            "TCP in the box, x, y, z: 0.6759",
            "most",
        ),
        # the wrist turns on the spot: pi * 1.28 / 4 rad/s, 2 pi^2 * 0.41 / 4 rad/s^2
        ((turn(5, 1.26, 4.0),), (turn(5, 1.28, 4.0),), "joint speed: 1.005", "most 1 is"),
        ((turn(5, 0.40, 2.0),), (turn(5, 0.41, 2.0),), "joint acceleration: 2.02", "most 2 is"),
        # 0.296 m * pi * 0.84 / 3
        ((turn(0, 0.80, 3.0),), (turn(0, 0.84, 3.0),), "TCP speed: 0.2599", "most 0.25"),
        # 0.296 m * 2 pi^2 * 0.4 / 16
        (
            (turn(0, 0.4, 4.0), with_safety(tcp_acceleration=0.15)),
            (turn(0, 0.4, 4.0), with_safety(tcp_acceleration=0.14)),
            "TCP acceleration: 0.14",
            "most 0.14",
        ),
        (
            (turn(5, 0.4, 4.0),),
            (turn(5, 0.4, 4.0)[125:],),
            "joint speed at the start: 0.31",
            "at 0.000 s, arm 0, axis 5; at most 0.016",
        ),
        (
            (turn(5, 0.4, 4.0),),
            (turn(5, 0.4, 4.0)[:126],),
            "joint speed at the end: 0.31",
            "at 1.000 s, arm 0, axis 5; at most 0.016",
        ),
        ((still(HOME[0]), CELL, 0.140), (still(HOME[0]), CELL, 0.141), "opening of the jaws: 0.141 m", "most 0.1401"),
        ((still(HOME[0]), CELL, 0.0), (still(HOME[0]), CELL, -0.001), "opening of the jaws: -0.001 m", "least -0.0001"),
        ((still(*APART),), (still(*TOGETHER),), "distance of the two arms: -", "least 0.03"),
        ((still(twisted(6.9)),), (still(twisted(6.91)),), "joint angle: 6.29 rad", "most 6.283"),
        ((still(twisted(-5.66)),), (still(twisted(-5.67)),), "joint angle: -6.29 rad", "least -6.283"),
    ],
)
def test_each_limit(kept: tuple[Any, ...], broken: tuple[Any, ...], name: str, bound: str) -> None:
    assert violations(*kept) == []
    (told,) = violations(*broken)
    assert told.startswith(name)
    assert bound in told


@pytest.mark.parametrize(
    ("joints", "cell", "name"),
    [
        (still(HOME[0] * 0.0 + torch.tensor([0, 0.5, 0, 0, 0, 0])), CELL, "height of a link over the table"),
        (still(HOME[0] - torch.tensor([0, 0, 0.35, 0, 0, 0])), CELL, "distance of an arm from itself: "),
        (changed(still(HOME[0]), 5, 5, 0.011), CELL, "step of a set-point: 0.011 rad"),
        (changed(still(HOME[0]), 5, 5, math.nan), CELL, "joint angle: nan rad"),
        (changed(still(HOME[0]), 5, 5, math.inf), CELL, "joint angle: inf rad"),
    ],
)
def test_limits_that_come_with_others(joints: torch.Tensor, cell: CellCfg, name: str) -> None:
    assert any(told.startswith(name) for told in violations(joints, cell)), violations(joints, cell)


def test_plans_start_where_the_arms_are() -> None:
    joints, measured = turn(0, 0.4, 4.0), HOME.clone()
    measured[1, 3] += 0.021
    message = r"first set-point: 0\.021 rad at 0\.000 s, arm 1, axis 3; at most 0\.02 "
    with pytest.raises(EnvelopeError, match=message) as caught:
        audit_plan(joints, torch.zeros(501, 2), DT, CELL, measured)
    assert len(caught.value.violations) == 1


def test_many_plans_are_judged_each_for_itself() -> None:
    joints = torch.stack((turn(0, 0.4, 4.0), turn(0, 1.2, 4.0), turn(0, 0.4, 4.0)))
    found = audit_plans(SampledPlans(joints, torch.zeros(3, 501, 2), DT), CELL)
    assert [len(told) for told in found] == [0, 1, 0]
    assert found[1][0].startswith("TCP speed")


def test_one_arm() -> None:
    cell = example("one_ur5e")
    audit_plan(turn(0, 0.4, 4.0)[:, :1], torch.zeros(501, 1), DT, cell)


def test_calibrated_arms_are_judged_where_they_really_go() -> None:
    """The right base is 3 cm further out than planned: a box to 0.57 m keeps the plan's 0.563, not 0.593."""
    moved = replace(nominal_kinematics(CELL.arms[1]), position=(0.73, 0.0, 0.30))
    kinematics = [nominal_kinematics(CELL.arms[0]), moved]
    planned, widths = turn(0, 0.4, 4.0), torch.zeros(501, 2)
    cell = with_safety(planes=BoxCfg((-0.70, 0.62), (-0.65, 0.65), (-0.05, 0.85)))
    sent = refine(planned.transpose(0, 1)[None], arms_cfg(cell), kinematics)[0].transpose(0, 1)
    audit_plan(sent, widths, DT, cell, kinematics=kinematics, planned=planned)
    with pytest.raises(EnvelopeError, match=r"TCP in the box, x, y, z: 0\.5931 m"):
        audit_plan(planned, widths, DT, cell, kinematics=kinematics)


def test_shapes_are_checked() -> None:
    joints, widths = turn(0, 0.4, 4.0), torch.zeros(501, 2)
    for wrong in (joints[:2], joints[:, :1], joints[..., :5]):
        with pytest.raises(ValueError, match="joints has shape"):
            audit_plan(wrong, widths, DT, CELL)
    with pytest.raises(ValueError, match="widths has shape"):
        audit_plan(joints, widths[:3], DT, CELL)
    with pytest.raises(ValueError, match="measured has shape"):
        audit_plan(joints, widths, DT, CELL, HOME[0])
    with pytest.raises(ValueError, match="planned has shape"):
        audit_plan(joints, widths, DT, CELL, planned=joints[:3])
    with pytest.raises(ValueError, match="dt=0"):
        audit_plan(joints, widths, 0.0, CELL)
