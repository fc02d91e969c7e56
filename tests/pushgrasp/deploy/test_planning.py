"""Plans of a cell: where they begin is where the arms stand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pushgrasp.deploy.calibrated import Kinematics, calibrated_tcp, nominal_kinematics
from pushgrasp.deploy.envelope import EnvelopeError
from pushgrasp.deploy.planning import Planner
from pushgrasp.interface.action import Action, push_action
from pushgrasp.motion.arm.forward import tcp_pose

from .cells import example

CELL = example()


def askew() -> list[Kinematics]:
    """Arms whose joints are off by up to 2 mrad."""
    off = np.array([0.002, -0.001, 0.0015, 0.001, -0.002, 0.001])
    nominal = [nominal_kinematics(arm) for arm in CELL.arms]
    return [Kinematics(off, a.a, a.d, a.alpha, a.position, a.quaternion, a.tool_length, a.tool_yaw) for a in nominal]


def push() -> Action:
    """The left arm pushes 10 cm along x."""
    path = torch.tensor([[[-0.3, 0.1, 0.04], [-0.2, 0.1, 0.04]], [[0.3, 0.1, 0.04], [0.3, 0.0, 0.04]]])
    return push_action(path[None], torch.zeros(1, 2, 2), torch.tensor([[True, False]]))


def test_arms_begin_where_they_are_measured() -> None:
    planner = Planner(CELL, 1.0, askew())
    plan = planner.plan(push(), planner.home)
    torch.testing.assert_close(plan.sent[:, 0], planner.home, atol=1e-3, rtol=0.0)
    away = planner.home.clone()
    away[1, 2] += 0.021  # more than the envelope allows, less than what stops the first cycle
    with pytest.raises(EnvelopeError, match=r"distance of a joint from the first set-point.*arm 1, axis 2"):
        planner.plan(push(), away)


def test_all_that_is_sent_is_where_it_was_planned() -> None:
    planner, arms = Planner(CELL, 1.0, askew()), askew()
    plan = planner.plan(push(), planner.home)
    wanted = tcp_pose(plan.course.joints[0, ..., :6].double(), planner.arms)
    reached = calibrated_tcp(plan.sent, arms)
    torch.testing.assert_close(reached.position, wanted.position, atol=1e-8, rtol=0.0)
    torch.testing.assert_close(reached.rotation, wanted.rotation, atol=1e-8, rtol=0.0)
