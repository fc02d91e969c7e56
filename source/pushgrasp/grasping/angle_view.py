"""Angle-view classes: 60 approach views times 6 in-plane angles, as 360 gripper rotations.

The classes follow GraspNet-1Billion (Fang et al. 2020) and its ``graspnetAPI``: views are a Fibonacci lattice on the
sphere, a view and an in-plane angle give a rotation as ``batch_viewpoint_params_to_matrix`` does. Of a lattice of 120
points the 60 with z > 0 (world frame, z up) are kept, so that every gripper comes from above. They stay in the order of
the lattice, which is that of rising height: view 0 lies just above the horizon (z = 1/120), view 59 is almost straight
above the table (z = 119/120). Class index = view * 6 + angle; the in-plane angle is ``angle * pi / 6``.

Two gripper frames occur. This project: +z approach (out of the palm), +x closing. GraspNet: +x approach, +y closing.
Both are right-handed.
"""

from __future__ import annotations

import math

import torch

NUM_VIEWS = 60
"""Approach views on the upper hemisphere."""

NUM_ANGLES = 6
"""In-plane angles, evenly spaced over 180 degrees (a parallel jaw looks the same after half a turn)."""

NUM_CLASSES = NUM_VIEWS * NUM_ANGLES
"""Angle-view classes."""

_ORTHONORMAL_TOLERANCE = 1e-2


def view_directions(device: torch.device | str | None = None, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Unit vectors from the grasp point towards the viewer, shape (60, 3), world frame, z > 0, rising in z."""
    lattice = 2 * NUM_VIEWS
    index = torch.arange(NUM_VIEWS, lattice, device=device, dtype=torch.float64)
    z = (2 * index + 1) / lattice - 1
    radius = (1 - z.square()).sqrt()
    azimuth = 2 * math.pi * index * (math.sqrt(5) - 1) / 2
    return torch.stack((radius * azimuth.cos(), radius * azimuth.sin(), z), dim=-1).to(dtype)


def in_plane_angles(device: torch.device | str | None = None, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Rotations about the approach axis [rad], shape (6,): 0, pi/6, ..., 5 pi/6."""
    return (torch.arange(NUM_ANGLES, device=device, dtype=torch.float64) * (math.pi / NUM_ANGLES)).to(dtype)


def viewpoint_rotations(towards: torch.Tensor, angle: torch.Tensor) -> torch.Tensor:
    """Gripper rotations in GraspNet's frame from approach directions and in-plane angles.

    With angle 0 the closing axis (+y) is horizontal; the angle then turns the gripper about its approach axis (+x).
    The convention is that of ``batch_viewpoint_params_to_matrix`` in graspnetAPI.

    Args:
        towards: Approach directions, any length but zero, shape (..., 3), world frame.
        angle: In-plane angles [rad], shape (...).

    Returns:
        Rotation matrices (gripper to world), shape (..., 3, 3).
    """
    x = torch.nn.functional.normalize(towards, dim=-1)
    zero = torch.zeros_like(x[..., 0])
    level = torch.stack((-x[..., 1], x[..., 0], zero), dim=-1)
    vertical = (level == 0).all(dim=-1, keepdim=True)
    y = torch.nn.functional.normalize(torch.where(vertical, level.new_tensor((0.0, 1.0, 0.0)), level), dim=-1)
    z = torch.linalg.cross(x, y)
    cos, sin = angle.cos().unsqueeze(-1), angle.sin().unsqueeze(-1)
    return torch.stack((x, cos * y + sin * z, cos * z - sin * y), dim=-1)


def from_graspnet_frame(rotation: torch.Tensor) -> torch.Tensor:
    """Rotations (..., 3, 3) of GraspNet's gripper frame (+x approach, +y closing) as those of the project's frame."""
    return rotation.roll(-1, dims=-1)


def to_graspnet_frame(rotation: torch.Tensor) -> torch.Tensor:
    """Rotations (..., 3, 3) of the project's gripper frame (+z approach, +x closing) as those of GraspNet's frame."""
    return rotation.roll(1, dims=-1)


def class_rotations(device: torch.device | str | None = None, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Gripper rotation of every class, shape (360, 3, 3), project gripper frame to world; approach = -view."""
    towards = -view_directions(device, torch.float64).repeat_interleave(NUM_ANGLES, dim=0)
    angle = in_plane_angles(device, torch.float64).repeat(NUM_VIEWS)
    return from_graspnet_frame(viewpoint_rotations(towards, angle)).to(dtype)


def classes_within(max_tilt: float, rotations: torch.Tensor) -> torch.Tensor:
    """Classes of rotations (360, 3, 3) that approach within ``max_tilt`` [rad] of the vertical, rising, shape (A,)."""
    return (-rotations[:, 2, 2] >= math.cos(max_tilt) - 1e-6).nonzero()[:, 0]


def split_class(index: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """View index (0 to 59) and angle index (0 to 5) of class indices, each of the same shape as ``index``.

    Raises:
        ValueError: If an index lies outside 0 to 359.
    """
    outside = (index < 0) | (index >= NUM_CLASSES)
    if outside.any():
        raise ValueError(f"class index {index[outside][0].item()} is outside 0..{NUM_CLASSES - 1}")
    return index.div(NUM_ANGLES, rounding_mode="floor"), index.remainder(NUM_ANGLES)


def nearest_class(rotation: torch.Tensor) -> torch.Tensor:
    """Class whose rotation agrees best with each gripper rotation.

    Agreement is the trace of ``R_class^T R``, the larger one of the gripper as given and turned by pi about its
    approach axis, which is the same grasp of a parallel jaw. Half a turn flips the x and y columns, so the larger trace
    is ``z_c . z + |x_c . x + y_c . y|``. A gripper that approaches from below gets the closest of the classes, all of
    which approach from above.

    Args:
        rotation: Rotation matrices, shape (N, 3, 3), project gripper frame to world.

    Returns:
        Class indices (long), shape (N,).

    Raises:
        ValueError: If the shape is wrong or a matrix is no rotation (non-finite, not orthonormal, left-handed).
    """
    _check_rotations(rotation)
    classes = class_rotations(rotation.device, rotation.dtype)
    approach = rotation[:, :, 2] @ classes[:, :, 2].T
    in_plane = rotation[:, :, :2].flatten(1) @ classes[:, :, :2].flatten(1).T
    return (approach + in_plane.abs()).argmax(dim=-1)


def _check_rotations(rotation: torch.Tensor) -> None:
    """Raise ValueError unless ``rotation`` is (N, 3, 3) and holds proper rotations; names the first bad one."""
    if rotation.ndim != 3 or rotation.shape[1:] != (3, 3):
        raise ValueError(f"rotation has shape {tuple(rotation.shape)}; expected (N, 3, 3)")
    identity = torch.eye(3, device=rotation.device, dtype=rotation.dtype)
    error = (rotation.mT @ rotation - identity).abs().amax(dim=(1, 2))
    # Written so that NaN counts as bad: NaN compares false.
    good = (error < _ORTHONORMAL_TOLERANCE) & (torch.linalg.det(rotation.nan_to_num()) > 0)
    if not good.all():
        index = int((~good).nonzero()[0, 0])
        raise ValueError(f"rotation {index} is not a proper rotation matrix: {rotation[index].tolist()}")
