"""The table as a picture shows it: a few millimetres off where calibration has it, and a little tilted."""

from __future__ import annotations

import numpy as np

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
    seen = seen[:: max(1, len(seen) // SAMPLE)].astype(np.float64)
    plane = np.zeros(3)
    for near in NEAR:
        level = np.abs(seen[:, 2] - _over(seen, plane)) < near
        if np.count_nonzero(level) < FEWEST:
            return points[..., 2]
        plane = np.linalg.lstsq(_terms(seen[level]), seen[level, 2], rcond=None)[0]
    off = float(np.abs(_over(seen, plane)).max())
    if off > MOST_OFF:
        raise ValueError(
            f"the table is seen {1e3 * off:.0f} mm off z = 0 in the workspace; at most {1e3 * MOST_OFF:g} mm are "
            "possible with a calibrated camera: calibrate again"
        )
    return points[..., 2] - _over(points, plane.astype(np.float32))


def _terms(points: np.ndarray) -> np.ndarray:
    """Terms (K, 3) of a plane at points (K, 3)."""
    return np.stack((points[:, 0], points[:, 1], np.ones(len(points))), axis=1)


def _over(points: np.ndarray, plane: np.ndarray) -> np.ndarray:
    """Height (...) of a plane at points (..., 3) [m]."""
    return plane[0] * points[..., 0] + plane[1] * points[..., 1] + plane[2]
