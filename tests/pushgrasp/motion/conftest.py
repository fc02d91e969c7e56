"""Plans that several tests look at."""

import math

import pytest
import torch

from pushgrasp.gripper import GripperGeometry
from pushgrasp.motion.arms import choose_arm, home_poses
from pushgrasp.motion.gimbal import gimbal_to_rotation
from pushgrasp.motion.grasp import plan_grasps
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.push import plan_pushes
from pushgrasp.motion.trajectory import Trajectory

LIMITS, GEOMETRY = MotionLimits(), GripperGeometry()


def grasp_plan(position, angles, width, num_arms=2, valid=None, limits=LIMITS) -> Trajectory:
    """Plan grasps with orientations given as joint angles, each by the arm on whose side it is."""
    home = [value.to(position) for value in home_poses(num_arms, limits)]
    valid = torch.ones(len(position), dtype=torch.bool) if valid is None else valid
    arm = choose_arm(position.nan_to_num(), num_arms)
    active = valid[:, None] & (arm[:, None] == torch.arange(num_arms))
    each = [
        value[:, None].expand(-1, num_arms, *value.shape[1:]) for value in (position, gimbal_to_rotation(angles), width)
    ]
    return plan_grasps(*home, *each, active, GEOMETRY, limits)


def push_plan(paths, yaw, active=None, limits=LIMITS) -> Trajectory:
    """Plan pushes from the standard homes."""
    home = [value.to(paths) for value in home_poses(paths.shape[1], limits)]
    active = torch.ones(paths.shape[:2], dtype=torch.bool) if active is None else active
    return plan_pushes(*home, paths, yaw, active, GEOMETRY, limits)


@pytest.fixture(scope="session")
def random_grasps() -> Trajectory:
    """200 grasps all over the workspace, tilted up to about 60 degrees."""
    rng = torch.Generator().manual_seed(3)
    uniform = torch.rand(200, 7, generator=rng, dtype=torch.float64)
    position = torch.stack((uniform[:, 0] - 0.5, uniform[:, 1] - 0.5, 0.01 + 0.2 * uniform[:, 2]), dim=-1) * 0.7
    position[:, 2] = position[:, 2].abs()
    angles = torch.stack((1.5 * uniform[:, 3] - 0.75, 1.5 * uniform[:, 4] - 0.75, math.pi * (uniform[:, 5] - 0.5)), -1)
    return grasp_plan(position, angles, 0.14 * uniform[:, 6])


@pytest.fixture(scope="session")
def random_pushes() -> Trajectory:
    """100 dual pushes along arcs whose yaw follows the tangent, in a quarter of them one arm alone."""
    rng = torch.Generator().manual_seed(4)
    start, heading, bend, length = torch.rand(4, 100, 2, 1, generator=rng, dtype=torch.float64)
    share = torch.linspace(0.0, 1.0, 15, dtype=torch.float64)
    yaw = 2 * math.pi * heading + 4.0 * (bend - 0.5) * share
    step = (0.05 + 0.25 * length[..., None]) / 14 * torch.stack((yaw.cos(), yaw.sin(), 0.05 * yaw.sin()), dim=-1)
    side = torch.tensor([-0.12, 0.12], dtype=torch.float64)[:, None]
    origin = torch.stack((side.expand_as(start), 0.2 * (start - 0.5), torch.full_like(start, 0.03)), dim=-1)
    paths = torch.cat((origin, origin + step[:, :, :-1].cumsum(dim=2)), dim=2)
    active = torch.ones(100, 2, dtype=torch.bool)
    active[:25, 0] = False
    return push_plan(paths, yaw, active)
