"""Random grasps and pushes over the whole table, planned for the grippers."""

from __future__ import annotations

import math

import torch

from pushgrasp.gripper import GripperGeometry
from pushgrasp.motion.arm.choice import choose_reaching_arm
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.arms import home_poses
from pushgrasp.motion.gimbal import gimbal_to_rotation
from pushgrasp.motion.grasp import plan_grasps
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.push import plan_pushes
from pushgrasp.motion.trajectory import Trajectory

LIMITS = MotionLimits()
"""Motion limits of the plans."""

SIDE = 0.45
"""Largest distance of a grasp from the middle of the table along x or y [m]."""

TILT = 0.6
"""Largest angle about each horizontal axis by which a grasp leans [rad]."""

STRIP = 0.075
"""Distance that each of two pushes keeps from the middle of the table, as the push decoder has it [m]."""

POINTS = 32
"""Points of a push path."""

TRIES = 200
"""Paths drawn for every one that is used, at most: those that leave the table are dropped."""


def random_grasps(count: int, arms: ArmsCfg, generator: torch.Generator) -> Trajectory:
    """Plan grasps all over the table, leaning any way, by the arm that reaches them."""
    share = torch.rand(count, 7, generator=generator)
    position = torch.stack((SIDE * (2 * share[:, 0] - 1), SIDE * (2 * share[:, 1] - 1), 0.01 + 0.12 * share[:, 2]), -1)
    lean = TILT * (2 * share[:, 3:5] - 1)
    rotation = gimbal_to_rotation(torch.cat((lean, math.pi * (share[:, 5:6] - 0.5)), dim=-1))
    arm = choose_reaching_arm(position, rotation, arms, LIMITS).arm
    geometry, valid = GripperGeometry(), torch.ones(count, dtype=torch.bool)
    width = geometry.stroke * share[:, 6]
    return plan_grasps(*home_poses(2, LIMITS), position, rotation, width, arm, valid, geometry, LIMITS)


def random_pushes(count: int, generator: torch.Generator) -> Trajectory:
    """Plan pushes along arcs of 10 to 30 cm, each arm on its side; in a third of the worlds one arm alone."""
    sides = [_arcs(count, generator) for _ in range(2)]
    left, right = sides[0][0] * torch.tensor([-1.0, 1.0, 1.0]), sides[1][0]
    yaw = torch.stack((math.pi - sides[0][1], sides[1][1]), dim=1)
    active = torch.ones(count, 2, dtype=torch.bool)
    alone = torch.rand(count, generator=generator)
    active[alone < 1 / 6, 0] = False
    active[alone > 5 / 6, 1] = False
    paths = torch.stack((left, right), dim=1)
    return plan_pushes(*home_poses(2, LIMITS), paths, yaw, active, GripperGeometry(), LIMITS)


def _arcs(count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw arcs in the right half of the table; return their points, (N, P, 3) [m], and headings, (N, P) [rad]."""
    draw = torch.rand(count * TRIES, 5, 1, generator=generator)
    heading = 2 * math.pi * draw[:, 0] + 3.0 * (draw[:, 1] - 0.5) * torch.linspace(0.0, 1.0, POINTS)
    step = (0.1 + 0.2 * draw[:, 2]) / (POINTS - 1)
    start = torch.stack((STRIP + 0.4 * draw[:, 3], 0.94 * draw[:, 4] - 0.47), dim=-1)
    way = (step[..., None] * torch.stack((heading.cos(), heading.sin()), dim=-1))[:, :-1].cumsum(dim=1)
    path = torch.cat((start, start + way), dim=1)
    inside = (path[..., 0] >= STRIP) & (path.abs() <= LIMITS.x_range[1]).all(dim=-1)
    kept = inside.all(dim=1).nonzero()[:count, 0]
    return torch.cat((path[kept], torch.full((count, POINTS, 1), 0.012)), dim=-1), heading[kept]
