"""Gripper rotations as quaternions (x, y, z, w), and the quaternions of the angle-view classes."""

from __future__ import annotations

import torch

from pushgrasp.grasping.angle_view import class_rotations

_ZERO = 1e-6


def to_quaternion(rotation: torch.Tensor) -> torch.Tensor:
    """Unit quaternions of rotation matrices, w >= 0.

    Args:
        rotation: Shape (..., 3, 3).

    Returns:
        Shape (..., 4), (x, y, z, w).

    Raises:
        ValueError: If the shape is wrong.
    """
    if rotation.shape[-2:] != (3, 3):
        raise ValueError(f"rotation has shape {tuple(rotation.shape)}; expected (..., 3, 3)")
    m = rotation
    xx, yy, zz = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    # 4 times the outer product of (x, y, z, w) with itself: any of its rows, scaled, is the quaternion.
    rows = [
        [1 + xx - yy - zz, m[..., 1, 0] + m[..., 0, 1], m[..., 2, 0] + m[..., 0, 2], m[..., 2, 1] - m[..., 1, 2]],
        [m[..., 1, 0] + m[..., 0, 1], 1 - xx + yy - zz, m[..., 2, 1] + m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0]],
        [m[..., 2, 0] + m[..., 0, 2], m[..., 2, 1] + m[..., 1, 2], 1 - xx - yy + zz, m[..., 1, 0] - m[..., 0, 1]],
        [m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1], 1 + xx + yy + zz],
    ]
    product = torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)
    largest = product.diagonal(dim1=-2, dim2=-1).argmax(dim=-1)  # the row whose scale is furthest from 0
    row = product.gather(-2, largest[..., None, None].expand(*largest.shape, 1, 4))[..., 0, :]
    unit = torch.nn.functional.normalize(row, dim=-1)
    return torch.where(unit[..., 3:] < 0, -unit, unit)


def to_matrix(quaternion: torch.Tensor) -> torch.Tensor:
    """Rotation matrices (..., 3, 3) of quaternions (..., 4), (x, y, z, w), of any length but zero.

    Raises:
        ValueError: If the shape is wrong or a quaternion is zero.
    """
    if quaternion.shape[-1:] != (4,):
        raise ValueError(f"quaternion has shape {tuple(quaternion.shape)}; expected (..., 4)")
    if bool((quaternion.norm(dim=-1) < _ZERO).any()):
        raise ValueError("a quaternion is zero: it has no direction")
    unit = torch.nn.functional.normalize(quaternion, dim=-1)
    vector, w = unit[..., :3], unit[..., 3]
    x, y, z = vector.unbind(dim=-1)
    zero = torch.zeros_like(x)
    cross = torch.stack((zero, -z, y, z, zero, -x, -y, x, zero), dim=-1).unflatten(-1, (3, 3))
    return torch.eye(3).to(unit) + 2 * w[..., None, None] * cross + 2 * cross @ cross


def class_quaternions(device: torch.device | str | None = None, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Quaternion of every class's gripper, (x, y, z, w), project gripper frame to world, shape (360, 4)."""
    return to_quaternion(class_rotations(device, torch.float64)).to(dtype)
