"""Joint motions that keep a TCP speed, those from and to home included."""

from __future__ import annotations

from dataclasses import replace

import torch

from pushgrasp.gripper import GripperGeometry
from pushgrasp.interface.action import grasp_action
from pushgrasp.motion.arm.forward import tcp_pose
from pushgrasp.motion.arm.jacobian import flange_in_base, tcp_velocity
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.arm.plan import plan_joints
from pushgrasp.motion.arms import home_poses
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.plan import plan_action

ARMS = ArmsCfg(speed=1.0, acceleration=2.0)
LIMITS = MotionLimits(free_speed=0.25, approach_speed=0.15, lift_speed=0.2, acceleration=1.0, rotation_speed=1.0)
DT = 0.008


def planned(arms: ArmsCfg) -> JointTrajectory:
    """Top-down grasps by the right arm at four places."""
    position = torch.tensor([[0.3, 0.2, 0.03], [0.1, -0.3, 0.03], [0.4, -0.1, 0.05], [0.0, 0.1, 0.02]])
    rotation = torch.diag(torch.tensor([1.0, -1.0, -1.0])).expand(4, 3, 3)
    arm, valid = torch.ones(4, dtype=torch.long), torch.ones(4, dtype=torch.bool)
    action = grasp_action(position, rotation, torch.full((4,), 0.1), arm, valid, 2, 2)
    return plan_joints(plan_action(*home_poses(2, LIMITS), action, GripperGeometry(), LIMITS), arms)


def fastest(plan: JointTrajectory) -> torch.Tensor:
    """The highest TCP speed of each plan [m/s], by differences."""
    clock = DT * torch.arange(int(plan.duration.max() / DT) + 3)
    joints = plan.sample_many(clock.expand(len(plan.clock), -1)).joints.double()
    return (tcp_pose(joints, ARMS).position.diff(dim=2).norm(dim=-1) / DT).flatten(1).amax(dim=1)


def test_tcp_velocity_is_that_of_differences() -> None:
    generator = torch.Generator().manual_seed(0)
    joints, velocity = (torch.randn(50, 6, generator=generator, dtype=torch.float64) for _ in range(2))

    def tcp(at: torch.Tensor) -> torch.Tensor:
        flange = flange_in_base(at)
        return flange.position + ARMS.tool_length * flange.rotation[..., 2]

    step = 1.0e-6
    expected = (tcp(joints + step * velocity) - tcp(joints - step * velocity)) / (2.0 * step)
    torch.testing.assert_close(tcp_velocity(joints, velocity, ARMS), expected, atol=1e-8, rtol=0.0)


def test_legs_are_slowed_down_where_the_tcp_would_be_too_fast() -> None:
    free, held = planned(ARMS), planned(replace(ARMS, tcp_speed=0.2))
    assert free.reachable.all()
    assert held.reachable.all()
    assert (fastest(free) > 0.22).any()
    assert (fastest(held) <= 1.01 * 0.2).all()  # between knots it may be a little faster
    assert (held.duration >= free.duration).all()
    torch.testing.assert_close(held.cubic, free.cubic)  # the same way
