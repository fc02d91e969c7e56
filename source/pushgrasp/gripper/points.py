"""Boxes of the gripper as sample points in the TCP frame, the form in which decoders test them against a heightmap."""

import torch
from torch import Tensor

from pushgrasp.gripper.geometry import GripperGeometry


def grid(*axes: Tensor) -> Tensor:
    """Every combination of the axes' values, shape (M, len(axes))."""
    return torch.stack([axis.flatten() for axis in torch.meshgrid(*axes, indexing="ij")], dim=-1)


def spaced(low: float, high: float, spacing: float, like: Tensor) -> Tensor:
    """Evenly spaced values from ``low`` to ``high``, both included, at most ``spacing`` apart."""
    count = max(2, int((high - low) / spacing + 1.999))
    return torch.linspace(low, high, count, device=like.device, dtype=like.dtype)


def pad_points(sizes: GripperGeometry, sweep: float, like: Tensor) -> Tensor:
    """Points of one pad swept back by ``sweep`` [m] along z; x counts outwards from the pad's inner face. (M, 3)."""
    across = spaced(0.0, sizes.pad_thickness, 0.006, like)
    along = spaced(-sizes.pad_breadth / 2, sizes.pad_breadth / 2, 0.006, like)
    return grid(across, along, spaced(-(sizes.pad_length + sweep), 0.0, 0.0125, like))


def palm_points(sizes: GripperGeometry, sweep: float, like: Tensor) -> Tensor:
    """Points of the palm's front face and of its swept sides, (M, 3).

    The inner points are left out: what stands on the table reaches the sides or the front first.
    """
    half_x, half_y = sizes.palm_width / 2, sizes.palm_breadth / 2
    face = grid(spaced(-half_x, half_x, 0.02, like), spaced(-half_y, half_y, 0.0175, like))
    rim = face[(face[:, 0].abs() > half_x - 1e-6) | (face[:, 1].abs() > half_y - 1e-6)]
    levels = spaced(-(sizes.pad_length + sizes.palm_height + sweep), -sizes.pad_length, 0.02, like)
    sides = torch.cat([rim.repeat(len(levels), 1), levels.repeat_interleave(len(rim))[:, None]], dim=-1)
    front = torch.cat([face, torch.full_like(face[:, :1], -sizes.pad_length)], dim=-1)
    return torch.cat([front, sides])
