"""The audit of a plan finds what was done to it."""

import dataclasses
import math

import pytest
import torch

from pushgrasp.motion.arm.audit import audit
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.arm.plan import plan_joints

from .conftest import top_down_grasps

RAISED = 0.01


def test_a_clock_that_runs_twice_as_fast_doubles_speeds(arms: ArmsCfg, pushes: JointTrajectory) -> None:
    before, after = audit(pushes, arms, 0.004), audit(dataclasses.replace(pushes, clock=pushes.clock / 2), arms, 0.002)
    torch.testing.assert_close(after.speed, 2 * before.speed, rtol=0.02, atol=0.0)
    torch.testing.assert_close(after.acceleration, 4 * before.acceleration, rtol=0.05, atol=0.0)


def test_a_turned_base_joint_is_seen_off_the_path(arms: ArmsCfg, pushes: JointTrajectory) -> None:
    turned = pushes.cubic.clone()
    turned[:, 0, :, 0, 0] += RAISED
    worst = audit(dataclasses.replace(pushes, cubic=turned), arms, 0.01)
    # 0.01 rad about the base at (-0.70, 0): the farthest working point of the first push is (-0.1, 0.1), 0.608 m away.
    assert float(worst.position_error[0]) == pytest.approx(0.608 * RAISED, rel=0.02)
    assert float(worst.axis_error[0]) < 1e-3


def test_a_raised_base_is_seen_at_the_tip(arms: ArmsCfg, pushes: JointTrajectory) -> None:
    bases = tuple(dataclasses.replace(base, position=(*base.position[:2], 0.30 + RAISED)) for base in arms.bases)
    worst = audit(pushes, dataclasses.replace(arms, bases=bases), 0.01)
    torch.testing.assert_close(worst.tip, torch.full_like(worst.tip, 0.012 + RAISED), atol=1e-4, rtol=0.0)
    torch.testing.assert_close(worst.position_error, torch.full_like(worst.tip, RAISED), atol=2e-4, rtol=0.0)


def test_arms_brought_together_are_seen(arms: ArmsCfg, pushes: JointTrajectory) -> None:
    near = tuple(dataclasses.replace(base, position=(base.position[0] / 2, 0.0, 0.3)) for base in arms.bases)
    assert (audit(pushes, dataclasses.replace(arms, bases=near), 0.02).arms < 0.0).all()


def test_a_single_arm_has_nothing_to_meet() -> None:
    single = ArmsCfg(bases=ArmsCfg().bases[:1])
    worst = audit(plan_joints(top_down_grasps([(-0.3, 0.1, 0.03)], num_arms=1), single), single, 0.05)
    assert math.isinf(float(worst.arms))
