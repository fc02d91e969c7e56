"""What arms feel on a stroke, from angles that a known force leaves behind by the principle of virtual work."""

from __future__ import annotations

import pytest
import torch

from pg_tasks.envs.arm_touch import UNSURE, Touch, ur5e_drives
from pushgrasp.gripper import GripperGeometry
from pushgrasp.interface.action import push_action
from pushgrasp.motion.arm.course import ArmCourse
from pushgrasp.motion.arm.jacobian import tool_jacobian
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.arm.plan import plan_joints
from pushgrasp.motion.arms import home_poses
from pushgrasp.motion.limits import arm_rig_limits
from pushgrasp.motion.plan import plan_action
from pushgrasp.motion.trajectory import Phase

DT = 0.02
ARMS, LIMITS = ArmsCfg(), arm_rig_limits()
STROKES = ((-0.3, 0.2, (1.0, 0.0, 0.0)), (0.25, -0.3, (0.0, 1.0, 0.0)))
"""Where the strokes of the left and the right gripper begin [m], and their directions; world frame."""

AHEAD = torch.tensor([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
"""Directions of the strokes in the frames of the bases; that of the right arm is turned by half a turn."""


@pytest.fixture(scope="module")
def motion() -> JointTrajectory:
    """The left arm pushes away from its base, the right one across."""
    share = torch.linspace(0.0, 0.2, 16)[:, None]
    paths = torch.stack([torch.tensor([x, y, 0.012]) + share * torch.tensor(way) for x, y, way in STROKES])
    action = push_action(paths[None], torch.zeros(1, 2, 16), torch.ones(1, 2, dtype=torch.bool))
    return plan_joints(plan_action(*home_poses(2, LIMITS), action, GripperGeometry(), LIMITS), ARMS)


def felt(motion: JointTrajectory, force: float, across: float = 0.0) -> tuple[Touch, ArmCourse, int, torch.Tensor]:
    """Let forces [N] hold the grippers back in the middle of their strokes, and press them down."""
    clocks = DT * torch.arange(1, int(float(motion.duration) / DT) + 2, dtype=torch.float64)[None]
    course = ArmCourse.sample(motion, clocks, DT, 0.0, ARMS.tool_length)
    pushing = (course.phase[0, 0] == Phase.PUSH).nonzero()[:, 0]
    index = int(pushing[len(pushing) // 2])
    touch = Touch(ur5e_drives("cpu"), DT, 0.0, LIMITS)
    for tick in (index - 1, index):
        now = motion.sample_many(clocks[:, tick - 1 : tick])
        joints = now.joints[:, :, 0]
        load = force * AHEAD - across * torch.tensor([0.0, 0.0, 1.0])
        torque = tool_jacobian(joints, ARMS.tool_length)[..., :3, :].mT @ load[None, ..., None].to(joints)
        behind = torque[..., 0] / ur5e_drives("cpu").stiffness
        found = touch.feel(course, tick, (joints - behind).to(course.joints), now.velocity[:, :, 0].to(course.joints))
    return touch, course, index, found


def test_forces_are_felt_above_the_limit(motion: JointTrajectory) -> None:
    assert motion.reachable.all()
    *_, found = felt(motion, 0.0)
    assert not found.any()
    *_, found = felt(motion, 0.95 * LIMITS.push_force)
    assert not found.any()
    _, course, index, _ = felt(motion, 0.0)
    lever = course.levers[0, :, index - 1]
    stiffness = (lever.square() * ur5e_drives("cpu").stiffness).sum(dim=-1)
    *_, found = felt(motion, 1.05 * (LIMITS.push_force + UNSURE * float(stiffness.max())))
    assert found.all()


def test_what_presses_across_the_way_is_not_felt(motion: JointTrajectory) -> None:
    *_, found = felt(motion, 0.0, across=300.0)
    assert not found.any()
