"""Cells with a lone cube, and the motion that grasps it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from pushgrasp.deploy.fake.physics.cell import CellPhysics
from pushgrasp.gripper import GripperGeometry
from pushgrasp.motion.arm.forward import tcp_pose
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.arm.plan import plan_joints
from pushgrasp.motion.arms import home_poses
from pushgrasp.motion.gimbal import gimbal_to_rotation
from pushgrasp.motion.grasp import plan_grasps
from pushgrasp.motion.limits import arm_rig_limits
from pushgrasp.scenes.scene import Scene, SceneObject

PLACE = (0.2, 0.1, 0.025)
"""Middle of the cube [m]; its side is 5 cm, it weighs 125 g."""

PERIOD = 0.008
"""Of the set-points [s]."""


@pytest.fixture
def cell() -> CellPhysics:
    return CellPhysics(Scene((SceneObject("cube", PLACE),), 0))


@pytest.fixture(scope="session")
def grasp() -> JointTrajectory:
    """The right arm grasps the cube from above, lifts it by 15 cm, and puts it back."""
    arms, limits = ArmsCfg(), arm_rig_limits()
    home = tcp_pose(arms.home_joints()[:, None], arms).position[:, 0].float()
    where = torch.tensor([[[0.0, 0.0, 0.3], PLACE]])
    rotation, active = gimbal_to_rotation(torch.zeros(1, 2, 3)), torch.tensor([[False, True]])
    widths = torch.full((1, 2), 0.08)
    poses = (home, home_poses(2, limits)[1], where, rotation, widths)
    motion = plan_joints(plan_grasps(*poses, active, GripperGeometry(), limits), arms)
    assert motion.reachable.all()
    return motion


@dataclass
class Ride:
    """A motion as the cell has carried it out, step by step."""

    times: np.ndarray
    """Since its start [s], shape (S,)."""
    tcp: np.ndarray
    """Of the right arm [m], world frame, shape (S, 3)."""
    height: np.ndarray
    """Of the cube's middle [m], shape (S,)."""


@pytest.fixture(scope="session")
def follow():
    return _follow


def _follow(cell: CellPhysics, motion: JointTrajectory, until: float) -> Ride:
    """Send a motion's set-points at 125 Hz, each when the arm should be there, and the jaws' openings with them."""
    arm, jaws = cell.arm(1), cell.gripper(1)
    clock = PERIOD * torch.arange(round(until / PERIOD), dtype=torch.float64)[None]
    targets = motion.sample_many(clock)
    width, times, tcp, height = 0.0, [], [], []
    for tick in range(clock.shape[1]):
        cell.set_targets(targets.joints[0, :, tick].numpy())
        wanted = float(targets.width[0, 1, tick])
        if abs(wanted - width) > 1e-6:
            jaws.target(wanted, 0.25)
            width = wanted
        for _ in range(2):
            cell.step()
            times.append(cell.time)
            x, y, z = arm.measure().tcp[:3]
            tcp.append((0.7 - x, -y, 0.3 + z))  # the right base stands at (0.7, 0, 0.3), turned by half a turn
            height.append(cell.object_poses()[0, 2])
    return Ride(np.array(times), np.array(tcp), np.array(height))
