"""Bodies in the place of what is seen: outlines extruded down to the table, or to what they stand on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_dilation
from scipy.spatial import ConvexHull
from torch import Tensor

from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.twin.outline import convex_pieces, hull_of, inside, smallest_rectangle
from pushgrasp.scenes.solids import Box, Hull, Primitive

MARGIN = 6
"""Cells around an object that are looked at."""

LEAST_CELLS = 6
"""Objects of which fewer cells are seen are left out."""

HIGHER = 0.006
"""What is higher than an object by this beside it may hide a part of it [m]."""

LEAST_HIDING = 4
"""Cells of what hides a part of an object, at least."""

SHORT, GROWN = 0.042, 0.050
"""A side shorter than the first that ends under something else goes on under it up to the second [m]."""

LOWER = 0.010
"""What an object stands on is lower than its surface by this [m]."""

RESTING = 0.08
"""Share of an object over another one beyond which it stands on it."""

ONE_LAYER = 0.06
"""What is higher stands on something that is seen around it, if that is a :data:`SURROUNDED` share [m]."""

SURROUNDED = 0.25

FLAT = 0.004
"""Spread of the heights of a flat top [m]."""

RECTANGLE = 0.89
"""Share of its smallest rectangle that a rectangular outline fills."""

THINNEST = 0.008
"""Least height of a body [m]."""

WIDER = 0.0013
"""By how much outlines are too wide: a cell counts as seen wherever a pixel falls into it [m]."""

CLEAR = 0.0003
"""Height of bodies over the table [m]; flush ones make false contacts."""


@dataclass(frozen=True)
class SeenBody:
    """An object as its picture tells it."""

    object_id: int
    """Its id in the heightmap."""
    parts: tuple[Primitive, ...]
    """Convex parts in the body frame, whose axes are the world's."""
    position: tuple[float, float, float]
    """Body frame in the world [m]."""


@dataclass(frozen=True)
class _Grid:
    """Maps, or a window of them: heights (H, W) [m], ids (H, W), centres of the cells (H, W, 2) [m]."""

    height: np.ndarray
    ids: np.ndarray
    centres: np.ndarray

    def window(self, object_id: int) -> _Grid:
        """Return the maps around an object."""
        rows, columns = (np.flatnonzero((self.ids == object_id).any(axis=axis)) for axis in (1, 0))
        low = np.maximum((rows[0] - MARGIN, columns[0] - MARGIN), 0)
        part = slice(low[0], rows[-1] + MARGIN + 1), slice(low[1], columns[-1] + MARGIN + 1)
        return _Grid(self.height[part], self.ids[part], self.centres[part])


class _Seen:
    """One object's cells, in a window around it."""

    def __init__(self, object_id: int, grid: _Grid) -> None:
        self.object_id, self.grid = object_id, grid
        self.mask: np.ndarray = grid.ids == object_id
        self.points, self.heights = grid.centres[self.mask], grid.height[self.mask]
        self.middle, self.top = float(np.median(self.heights)), float(np.quantile(self.heights, 0.9))
        self.foot = self.points
        """Points over which it stands: what is seen, and what something else may hide."""
        self.bottom = 0.0

    def ring(self, inner: int, outer: int) -> np.ndarray:
        """Cells that are between so many cells away."""
        near = binary_dilation(self.mask, iterations=inner) if inner else self.mask
        return np.logical_and(binary_dilation(self.mask, iterations=outer), np.logical_not(near))


def reconstruct(height: Tensor, ids: Tensor, workspace: Workspace) -> list[SeenBody]:
    """Return a body for each object that is seen, in the order of their ids; the lower ones carry the higher.

    Args:
        height: Heightmap [m], shape (H, W).
        ids: Ids of the objects, 0 where there is none, shape (H, W).
        workspace: Area of the maps.
    """
    grid = _Grid(height.cpu().double().numpy(), ids.cpu().numpy(), workspace.cell_centres().double().numpy())
    objects = [_Seen(int(number), grid.window(number)) for number in np.unique(grid.ids) if number != 0]
    objects = [o for o in objects if len(o.points) >= LEAST_CELLS and hull_of(o.points) is not None]
    for item in objects:
        _grow(item)
    _stack(objects)
    bodies = [_body(item) for item in objects]
    return [body for body in bodies if body is not None]


def _grow(item: _Seen) -> None:
    """Let an object's foot go on under what hides it."""
    grid = item.grid
    above = grid.centres[item.ring(0, 2) & (grid.height > item.top + HIGHER) & (grid.ids > 0)]
    if len(above) < LEAST_HIDING:
        return
    middle, size, angle = smallest_rectangle(item.points[ConvexHull(item.points).vertices])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    own, over, half = (item.points - middle) @ turn, (above - middle) @ turn, size / 2
    for axis in np.flatnonzero(size < SHORT):
        beyond = over[np.abs(over[:, axis]) >= half[axis] - 0.003, axis]
        side = np.sign(np.median(np.sign(beyond))) if len(beyond) else 0.0
        if side != 0.0:
            edge = own[own[:, axis] * side > half[axis] - 0.012].copy()
            edge[:, axis] = side * (GROWN - half[axis])
            item.foot = np.concatenate((item.foot, edge @ turn.T + middle))


def _stack(objects: list[_Seen]) -> None:
    """Find what each object stands on."""
    hulls = {item.object_id: ConvexHull(item.foot) for item in objects}
    for item in objects:
        own = item.points
        for other in objects:
            over = inside(hulls[other.object_id], own).mean() if other is not item else 0.0
            if over > RESTING and other.top < item.middle - LOWER:
                item.bottom = max(item.bottom, other.top)
        if item.bottom == 0.0 and item.heights.max() > ONE_LAYER:
            item.bottom = _around(item)
        lowest = float(np.quantile(item.heights, 0.05)) - THINNEST
        item.bottom = max(CLEAR, min(item.bottom, lowest))


def _around(item: _Seen) -> float:
    """Height of what surrounds a high object, which stands on it; 0 where that is the table."""
    grid, ring = item.grid, item.ring(1, 3)
    low = ring & (grid.ids > 0) & (grid.height < item.middle - 0.012) & (grid.height > 0.015)
    if low.sum() <= SURROUNDED * ring.sum():
        return 0.0
    return min(float(np.median(grid.height[low])), float(np.quantile(item.heights, 0.1)) - LOWER)


def _body(item: _Seen) -> SeenBody | None:
    """The object as convex parts; None where nothing of them is left."""
    free = item.grid.centres[~item.mask & (item.grid.height < item.middle - LOWER)]
    origin = np.array([*item.foot.mean(axis=0), (item.bottom + item.middle) / 2])
    parts = [_part(piece, item, origin) for piece in convex_pieces(item.foot, free)]
    found = tuple(part for part in parts if part is not None)
    return SeenBody(item.object_id, found, (origin[0], origin[1], origin[2])) if found else None


def _part(piece: np.ndarray, item: _Seen, origin: np.ndarray) -> Primitive | None:
    """One convex piece (P, 2) of an object's foot, in the body frame."""
    hull = ConvexHull(piece)
    own = inside(hull, item.points)
    points, heights = item.points[own], item.heights[own]
    if len(points) < 3:
        return None
    corners, middle = piece[hull.vertices], float(np.median(heights))
    centre, size, angle = smallest_rectangle(corners)
    flat = np.quantile(heights, 0.85) - np.quantile(heights, 0.15) < FLAT
    if flat and hull.volume > RECTANGLE * np.prod(size):
        low = min(item.bottom, middle - THINNEST)
        place = np.array([*centre, (low + middle) / 2]) - origin
        turn = (0.0, 0.0, float(np.sin(angle / 2)), float(np.cos(angle / 2)))
        return Box((size[0] - WIDER, size[1] - WIDER, middle - low), (place[0], place[1], place[2]), turn)
    top = np.column_stack((points, np.maximum(heights, item.bottom + THINNEST / 2)))
    solid = np.concatenate((top, np.column_stack((corners, np.full(len(corners), item.bottom)))))
    return _narrowed(solid[ConvexHull(solid).vertices] - origin)


def _narrowed(corners: np.ndarray) -> Hull:
    """The hull of corners (P, 3), narrower by :data:`WIDER`."""
    out = corners[:, :2] - corners[:, :2].mean(axis=0)
    far = np.linalg.norm(out, axis=1, keepdims=True)
    corners = corners.copy()
    corners[:, :2] -= out / far.clip(min=1e-6) * np.minimum(WIDER / 2, 0.2 * far)
    return Hull(tuple(map(tuple, corners.tolist())))
