"""Whether pads and palm of a gripper stay above the table, at every pose and on the way between them."""

import torch

from pushgrasp.gripper import GripperGeometry
from pushgrasp.motion.gimbal import gimbal_to_rotation
from pushgrasp.motion.legs import Poses
from pushgrasp.motion.limits import MotionLimits

ROUNDING = 1.0e-6
"""Rounding allowed in the height of a corner [m]."""

PALM_TOLERANCE = 0.005
"""How far a corner of the palm may dip [m]: the grasp decoder, which sees the table in a picture, accepts 4 mm."""


def clears_table(poses: Poses, geometry: GripperGeometry, limits: MotionLimits) -> torch.Tensor:
    """Tell which grippers, shape (N, G), bool, keep pads and palm above the bottom of the workspace from pose to pose.

    Where a gripper only moves and opens, its corners go straight from one pose to the next. Where it turns, it is taken
    for a round one that leans as far as at the steeper of the two.
    """
    rotation = gimbal_to_rotation(poses.angles)
    across, along, down = rotation[..., 2, 0].abs(), rotation[..., 2, 1].abs(), -rotation[..., 2, 2]
    turning = (poses.angles.diff(dim=2) != 0.0).any(dim=-1)
    cosine = _larger(poses.angles[..., :2].abs()).cos().prod(dim=-1)
    sine = torch.where(cosine > 0.0, (1.0 - cosine.square()).clamp(min=0.0).sqrt(), 1.0)
    height, lower = poses.positions[..., 2], -_larger(-poses.positions[..., 2])
    pads = 0.5 * poses.widths + geometry.pad_thickness, geometry.pad_breadth, 0.0, geometry.pad_length, ROUNDING
    palm = torch.full_like(poses.widths, 0.5 * geometry.palm_width), geometry.palm_breadth
    clear = torch.ones_like(turning[..., 0])
    for half, breadth, front, rear, tolerance in (pads, (*palm, geometry.pad_length, geometry.reach, PALM_TOLERANCE)):
        floor = limits.z_range[0] - tolerance
        at_pose = height - half * across - 0.5 * breadth * along + torch.minimum(front * down, rear * down)
        radius = torch.hypot(_larger(half), torch.full_like(lower, 0.5 * breadth))
        on_way = lower - radius * sine + torch.minimum(front * cosine, rear * cosine)
        clear = clear & (at_pose >= floor).all(dim=-1) & ((on_way >= floor) | ~turning).all(dim=-1)
    return clear


def _larger(value: torch.Tensor) -> torch.Tensor:
    """Return the larger of each two consecutive values, shape (N, G, M - 1, ...)."""
    return torch.maximum(value[:, :, 1:], value[:, :, :-1])
