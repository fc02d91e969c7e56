"""Motions that stop on the way, and what is left of the action then."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

from pushgrasp.motion.arm.course import ArmCourse
from pushgrasp.motion.arm.forward import tcp_pose
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.trajectory import Phase

DT = 0.02
PUSHED = 0.3
"""Share of its stroke that the left gripper has made when it stops."""

Sampled = Callable[[], ArmCourse]


@pytest.fixture
def sampled(pushes: JointTrajectory, arms: ArmsCfg) -> Sampled:
    clocks = DT * torch.arange(1, int(float(pushes.duration.max()) / DT) + 2, dtype=torch.float64)
    return lambda: ArmCourse.sample(pushes, clocks.expand(3, -1), DT, 0.0, arms.tool_length)


def tcp(course: ArmCourse, arms: ArmsCfg) -> torch.Tensor:
    """Positions of the TCPs [m], world frame, shape (N, G, T, 3)."""
    return tcp_pose(course.joints[..., :6].double(), arms).position


def stopped(course: ArmCourse, world: int, too_far: float = 0.0) -> int:
    """Stop the left gripper of a world on its stroke; return the tick from which on it does not move."""
    pushing = (course.phase[world, 0] == Phase.PUSH).nonzero()[:, 0]
    index = int(pushing[round(PUSHED * len(pushing))])
    grippers = torch.zeros(3, 2, dtype=torch.bool)
    grippers[world, 0] = True
    course.stop(grippers, index, torch.full((3, 2), too_far))
    return index


def test_directions_are_those_of_descent_and_stroke(sampled: Sampled) -> None:
    course = sampled()
    down, along = (course.directions[0, 0][course.phase[0, 0] == phase] for phase in (Phase.DESCEND, Phase.PUSH))
    # the left base is not turned in the world: the stroke goes along -x
    for found, wanted in ((down, (0.0, 0.0, -1.0)), (along, (-1.0, 0.0, 0.0))):
        moving = found[found.norm(dim=1) > 0.0]
        assert len(moving) > 0.9 * len(found)
        torch.testing.assert_close(moving, torch.tensor(wanted).expand_as(moving), atol=5e-3, rtol=0.0)
    assert not course.directions[course.phase == Phase.RETREAT].any()


@pytest.mark.parametrize("world", [0, 1, 2])
def test_stroke_that_stops_holds_and_goes_back_and_up_from_there(sampled: Sampled, arms: ArmsCfg, world: int) -> None:
    course = sampled()
    planned, before = tcp(course, arms), course.joints.clone()
    index = stopped(course, world)
    found, phase = tcp(course, arms)[world, 0], course.phase[world, 0]
    stop = planned[world, 0, index - 1 : index + 1].mean(dim=0)  # set-points are those of the middles of the ticks
    holds = (phase == Phase.PUSH) & (torch.arange(len(phase)) >= index)
    torch.testing.assert_close(found[holds], stop.expand_as(found[holds]), atol=1e-5, rtol=0.0)
    retreat, short = phase == Phase.RETREAT, stop - planned[world, 0, holds][-1]
    torch.testing.assert_close(found[retreat], planned[world, 0, retreat] + short, atol=1e-4, rtol=0.0)
    back = (found[retreat][-1] - stop)[:2].norm().item()
    assert back == pytest.approx(0.02, abs=1e-3) and float(found[retreat][-1, 2] - stop[2]) > 0.1
    torch.testing.assert_close(course.joints[world, 0, -1], before[world, 0, -1])  # home
    same = torch.ones(3, 2, dtype=torch.bool)
    same[world, 0] = False
    assert torch.equal(course.joints[same], before[same])
    assert torch.equal(course.joints[..., :index, :], before[..., :index, :])


@pytest.mark.parametrize("world", [0, 1, 2])
def test_way_home_from_a_stop_has_no_jump(sampled: Sampled, arms: ArmsCfg, world: int) -> None:
    course = sampled()
    index = stopped(course, world)
    joints = course.joints[world, 0, index:, :6].double()
    speed = joints.diff(dim=0) / DT
    assert float(speed.abs().max()) <= arms.speed
    change = (speed.diff(dim=0) / DT)[course.phase[world, 0, index + 1 : -1] == Phase.HOME]
    assert float(change.abs().max()) <= 2.0 * arms.acceleration
    assert float(course.velocity.abs().max()) <= math.pi


def test_stop_points_lie_back_by_what_is_too_far(sampled: Sampled, arms: ArmsCfg) -> None:
    ends = []
    for too_far in (0.0, 0.01):
        course = sampled()
        index = stopped(course, 0, too_far)
        ends.append(tcp(course, arms)[0, 0, index])
    torch.testing.assert_close(ends[1] - ends[0], torch.tensor((0.01, 0.0, 0.0)).double(), atol=1e-4, rtol=0.0)


def test_what_has_stopped_is_felt_no_more(sampled: Sampled) -> None:
    course = sampled()
    index = stopped(course, 0)
    assert course.levers[0, 0, index - 1].any()
    assert not course.levers[0, 0, index:].any()
    assert course.levers[0, 1, index].any()  # the other arm goes on
