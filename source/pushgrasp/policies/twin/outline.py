"""Outlines of objects seen from above: hulls, smallest rectangles, and pieces of what is not convex."""

from __future__ import annotations

import numpy as np
from scipy.spatial import ConvexHull, QhullError

LEAST_POINTS = 8
"""Points of the smallest piece into which an outline is cut."""

EMPTY = 0.12
"""Share of free space in a hull beyond which an outline is cut."""

CUTS = np.linspace(0.2, 0.8, 7)
"""Shares of its points at which an outline is cut, along either of its main axes."""

DEPTH = 2
"""How often pieces are cut again."""


def hull_of(points: np.ndarray) -> ConvexHull | None:
    """Return the convex hull of points (P, 2), None where they lie on a line."""
    try:
        return ConvexHull(points)
    except QhullError:
        return None


def inside(hull: ConvexHull, points: np.ndarray) -> np.ndarray:
    """Return which of points (..., 2) lie in a hull, shape (...)."""
    return (points @ hull.equations[:, :2].T + hull.equations[:, 2] <= 1e-9).all(axis=-1)


def smallest_rectangle(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the smallest rectangle round the corners (P, 2) of a hull.

    Returns:
        Centre (2,), lengths of its sides (2,), and the angle of the first side from x [rad].
    """
    along = np.roll(points, -1, axis=0) - points
    angle = np.arctan2(along[:, 1], along[:, 0])
    axes = np.stack((np.stack((np.cos(angle), np.sin(angle)), 1), np.stack((-np.sin(angle), np.cos(angle)), 1)), 1)
    turned = np.einsum("eij,pj->epi", axes, points)
    low, high = turned.min(axis=1), turned.max(axis=1)
    best = int(np.prod(high - low, axis=1).argmin())
    return axes[best].T @ (low[best] + high[best]) / 2, high[best] - low[best], float(angle[best])


def convex_pieces(points: np.ndarray, free: np.ndarray, depth: int = DEPTH) -> list[np.ndarray]:
    """Cut points (P, 2) into pieces whose hulls hold few of the points that are known to be ``free`` (F, 2).

    Pieces on a line are left out.
    """
    hull = hull_of(points)
    if hull is None:
        return []
    filled, empty = len(points), int(inside(hull, free).sum())
    if depth == 0 or filled < 3 * LEAST_POINTS or empty < max(LEAST_POINTS, EMPTY * (filled + empty)):
        return [points]
    cut = _best_cut(points)
    if cut is None:
        return [points]
    return [piece for part in cut for piece in convex_pieces(part, free, depth - 1)]


def _best_cut(points: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """The two parts, across a main axis, whose hulls have the smallest area together."""
    best, least = None, np.inf
    for axis in np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2]:
        along = points @ axis
        for share in CUTS:
            below = along <= np.quantile(along, share)
            parts = points[below], points[~below]
            hulls = [hull_of(part) if len(part) >= LEAST_POINTS else None for part in parts]
            area = sum(np.inf if hull is None else hull.volume for hull in hulls)
            if area < least:
                best, least = parts, area
    return best
