"""The table as a picture shows it: a few millimetres off where calibration has it, and a little tilted."""

from __future__ import annotations

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

NEAR = (0.03, 0.012, 0.006)
"""Points of the table are sought up to this far from the plane found so far, in turn [m]."""

SAMPLE = 4000
"""Points that are looked at."""

FEWEST = 100
"""With fewer points of the table in sight, calibration alone says where it is."""

MOST_OFF = 0.02
"""A table that is farther from where calibration has it is none [m]."""


def height_over_table(points: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return the height of each point over the table that is seen.

    Args:
        points: World frame, the table at z = 0 by calibration [m], shape (h, w, 3), NaN where nothing is known.
        inside: Points over the workspace, shape (h, w), bool.

    Returns:
        Shape (h, w) [m], NaN where nothing is known.

    Raises:
        ValueError: If the table is seen more than :data:`MOST_OFF` from where it should be.
    """
    seen = points[inside]
    plane = fit_table(seen)
    off = float(np.abs(_over(seen, plane)).max())
    if off > MOST_OFF:
        raise ValueError(
            f"the table is seen {1e3 * off:.0f} mm off z = 0 in the workspace; at most {1e3 * MOST_OFF:g} mm are "
            "possible with a calibrated camera: calibrate again"
        )
    return points[..., 2] - _over(points, plane.astype(np.float32))


def level_camera(points: Tensor, rotation: Tensor, position: Tensor) -> tuple[Tensor, Tensor]:
    """Return the camera's pose with which the table that it sees is level, and at z = 0.

    Two angles and the height of a camera follow from the plane of the table. A camera that looks down from 2 m and is
    thought to be turned by 5 mrad sees all things 10 mm aside: the table is tilted by as much. What cannot be seen in
    it, a turn about the vertical and a shift along the table, stays.

    Args:
        points: What it sees over the workspace, world frame by the pose that is to be mended [m], shape (K, 3).
        rotation: That pose: camera (optical frame) to world, shape (3, 3),
        position: and its centre [m], shape (3,).

    Returns:
        Rotation and position; as they were where too little of a table is seen near z = 0.
    """
    slope_x, slope_y, level = fit_table(points.numpy(force=True))
    up = [-slope_x, -slope_y, 1.0]
    turn = torch.from_numpy(Rotation.align_vectors([0.0, 0.0, 1.0], up)[0].as_matrix()).to(rotation)
    table = position.new_tensor([0.0, 0.0, level])
    lift = (position + turn @ (table - position))[2]
    return turn @ rotation, position - lift * position.new_tensor([0.0, 0.0, 1.0])


def fit_table(points: np.ndarray) -> np.ndarray:
    """Return slope along x, slope along y, and height at the origin [m], of the table that is seen near z = 0.

    Args:
        points: World frame, the table at z = 0 by calibration [m], shape (K, 3).

    Returns:
        Shape (3,), float64; all zero where too little of a table is seen.
    """
    seen = points[:: max(1, len(points) // SAMPLE)].astype(np.float64)
    plane = np.zeros(3)
    for near in NEAR:
        level = np.abs(seen[:, 2] - _over(seen, plane)) < near
        if np.count_nonzero(level) < FEWEST:
            return np.zeros(3)
        plane = np.linalg.lstsq(_terms(seen[level]), seen[level, 2], rcond=None)[0]
    return plane


def _terms(points: np.ndarray) -> np.ndarray:
    """Terms (K, 3) of a plane at points (K, 3)."""
    return np.stack((points[:, 0], points[:, 1], np.ones(len(points))), axis=1)


def _over(points: np.ndarray, plane: np.ndarray) -> np.ndarray:
    """Height (...) of a plane at points (..., 3) [m]."""
    return plane[0] * points[..., 0] + plane[1] * points[..., 1] + plane[2]
