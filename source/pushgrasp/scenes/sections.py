"""Cross-sections of the block shapes, and the prisms over them.

Extruded shapes keep their cross-section in the x-z plane and run along y; the cylinder stands along z.
"""

from collections.abc import Sequence
from math import pi

import numpy as np

Size = tuple[float, float, float]

ARCH_OPENING_RATIO = 0.514
"""Radius of the arch's half-round opening over the block's height; VPG's arch fills 0.79 of its box, as this does."""


def extrusion_faces(count: int, cells: Sequence[tuple[int, ...]] | None = None) -> np.ndarray:
    """Outward triangles (F, 3) of an extruded polygon, given by its corners on the near and then on the far end plane.

    Args:
        count: Corners P of the polygon, counter-clockwise as seen against the direction of extrusion.
        cells: Convex cells that tile the polygon, as indices of its corners; the polygon is convex without them.
    """
    cells = [tuple(range(count))] if cells is None else cells
    caps = np.array([(cell[0], cell[i], cell[i + 1]) for cell in cells for i in range(1, len(cell) - 1)])
    near = np.arange(count)
    following = np.roll(near, -1)
    lower = np.stack([near, following, following + count], axis=1)
    upper = np.stack([near, following + count, near + count], axis=1)
    return np.concatenate([caps[:, ::-1], caps + count, lower, upper])


def section(kind: str, size: Size, segments: int) -> tuple[np.ndarray, list[tuple[int, ...]]]:
    """Cross-section (P, 2), counter-clockwise, and its convex cells as tuples of indices into it."""
    width, _, height = size
    if kind == "arch":
        return _arch_section(width, height, segments)
    if kind == "cylinder":
        outline = _arc(width / 2, 0.0, 2 * pi, 2 * segments)[:-1]
    elif kind == "half_cylinder":
        outline = _arc(height, 0.0, pi, segments) - (0.0, height / 2)
    elif kind == "prism":
        outline = np.array([(-width / 2, -height / 2), (width / 2, -height / 2), (0.0, height / 2)])
    else:
        outline = np.array([(-width, -height), (width, -height), (width, height), (-width, height)]) / 2
    return outline, [tuple(range(len(outline)))]


def _arch_section(width: float, height: float, segments: int) -> tuple[np.ndarray, list[tuple[int, ...]]]:
    """Block with a half-round opening at the bottom; each pillar's cell takes in the column over the next facet."""
    arc = _arc(ARCH_OPENING_RATIO * height, pi, 0.0, segments)
    top = np.stack([arc[-2:0:-1, 0], np.full(segments - 1, height)], axis=1)
    left, right = -width / 2, width / 2
    outline = np.concatenate([[(left, 0.0)], arc, [(right, 0.0), (right, height)], top, [(left, height)]])
    last = len(outline) - 1  # outline[last - i] lies over arc point i, which is outline[1 + i]
    pillars = [(0, 1, 2, last - 1, last), (segments, segments + 1, segments + 2, segments + 3, segments + 4)]
    wedges = [(1 + i, 2 + i, last - i - 1, last - i) for i in range(1, segments - 1)]
    return outline - (0.0, height / 2), pillars + wedges


def _arc(radius: float, start: float, stop: float, segments: int) -> np.ndarray:
    """Points (segments + 1, 2) on a circle about the origin."""
    angle = np.linspace(start, stop, segments + 1)
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def extrude(kind: str, size: Size, outline: np.ndarray) -> np.ndarray:
    """Points (P, 2) of a section on both end planes (2P, 3); a counter-clockwise section faces the second plane."""
    _, depth, height = size
    if kind == "cylinder":
        return np.concatenate([np.insert(outline, 2, side * height / 2, axis=1) for side in (-1, 1)])
    return np.concatenate([np.insert(outline, 1, -side * depth / 2, axis=1) for side in (-1, 1)])
