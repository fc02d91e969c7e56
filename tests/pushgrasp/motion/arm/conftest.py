"""The UR5e as pinocchio has it, and plans that several tests look at."""

import math

import numpy as np
import pinocchio
import pytest
import torch

from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.arm.plan import plan_joints

from ..conftest import grasp_plan, push_plan

# Universal Robots, "DH parameters for calculations of kinematics and dynamics", UR5e: a [m], d [m], alpha [rad].
DH = (
    (0.0, 0.1625, math.pi / 2),
    (-0.425, 0.0, 0.0),
    (-0.3922, 0.0, 0.0),
    (0.0, 0.1333, math.pi / 2),
    (0.0, 0.0997, -math.pi / 2),
    (0.0, 0.0996, 0.0),
)


class PinocchioArm:
    """Forward kinematics by pinocchio; DH frames 0 to 6."""

    def __init__(self) -> None:
        self.model = pinocchio.Model()
        parent, place = 0, pinocchio.SE3.Identity()
        for row, (a, d, alpha) in enumerate(DH):
            parent = self.model.addJoint(parent, pinocchio.JointModelRZ(), place, f"joint_{row}")
            place = pinocchio.SE3(pinocchio.rpy.rpyToMatrix(alpha, 0.0, 0.0), np.array([a, 0.0, d]))
            self.model.addFrame(pinocchio.Frame(f"dh_{row + 1}", parent, place, pinocchio.FrameType.OP_FRAME))
        self.data = self.model.createData()

    def frames(self, joints: np.ndarray) -> list[pinocchio.SE3]:
        """Return DH frames 1 to 6 in frame 0."""
        pinocchio.framesForwardKinematics(self.model, self.data, joints)
        return [self.data.oMf[self.model.getFrameId(f"dh_{row + 1}")].copy() for row in range(6)]


@pytest.fixture(scope="session")
def arm() -> PinocchioArm:
    return PinocchioArm()


@pytest.fixture(scope="session")
def arms() -> ArmsCfg:
    return ArmsCfg()


def top_down_grasps(points, yaw=0.0, num_arms=2):
    """Grasps straight down at points (x, y, z) [m]."""
    position = torch.tensor(points)
    angles = torch.zeros(len(points), 3)
    angles[:, 2] = yaw
    return grasp_plan(position, angles, torch.full((len(points),), 0.08), num_arms=num_arms)


def straight_pushes(starts, ends, points=9):
    """Pushes along straight lines from (N, G, 2) to (N, G, 2) [m], 12 mm over the table, the jaws closing along x."""
    start, end = torch.tensor(starts), torch.tensor(ends)
    share = torch.linspace(0.0, 1.0, points)[:, None]
    way = start[:, :, None] + share * (end - start)[:, :, None]
    return push_plan(torch.cat((way, torch.full_like(way[..., :1], 0.012)), dim=-1), torch.zeros(way.shape[:-1]))


@pytest.fixture(scope="session")
def grasps(arms: ArmsCfg) -> JointTrajectory:
    """Grasps at the corners of the box of the limits, at its sides and near the middle."""
    points = [(x, y, 0.02) for x in (-0.47, -0.2, 0.02, 0.47) for y in (-0.47, 0.0, 0.47)]
    return plan_joints(top_down_grasps(points, yaw=0.7), arms)


@pytest.fixture(scope="session")
def pushes(arms: ArmsCfg) -> JointTrajectory:
    """Two pushes away from the middle, towards it, and along y."""
    starts = [[(-0.1, 0.1), (0.1, -0.1)], [(-0.4, 0.2), (0.4, 0.2)], [(-0.15, -0.3), (0.15, 0.3)]]
    ends = [[(-0.35, 0.1), (0.35, -0.1)], [(-0.2, 0.2), (0.2, 0.2)], [(-0.15, 0.0), (0.15, 0.0)]]
    return plan_joints(straight_pushes(starts, ends), arms)
