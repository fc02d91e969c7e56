"""A z-buffer in NumPy: which of many triangles a pinhole camera sees in each pixel, and how far away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEAREST = 0.05
"""Triangles with a corner nearer than this are not seen [m]."""

NOTHING = -1
"""Number of the triangle in pixels that show none."""


@dataclass(frozen=True)
class Lens:
    """Pinhole camera; the centre of the first pixel is at (0.5, 0.5).

    Raises:
        ValueError: If a size or a focal length is not positive.
    """

    width: int
    """[pixels]"""
    height: int
    """[pixels]"""
    focal: float
    """Focal length [pixels]; the optical axis goes through the middle of the picture."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ValueError(f"{name} of a lens must be positive, got {value}")

    @property
    def intrinsics(self) -> np.ndarray:
        """Pinhole matrix [pixel], shape (3, 3)."""
        return np.array([[self.focal, 0.0, self.width / 2], [0.0, self.focal, self.height / 2], [0.0, 0.0, 1.0]])


def rasterise(triangles: np.ndarray, lens: Lens) -> tuple[np.ndarray, np.ndarray]:
    """Return what is seen at the centre of each pixel.

    Args:
        triangles: Corners (F, 3, 3) [m], optical frame (x right, y down, z forward), counter-clockwise from outside;
            those that face away are not seen.
        lens: The camera.

    Returns:
        Numbers of the triangles, shape (h, w), :data:`NOTHING` where there is none, and distances to the image plane
        [m], shape (h, w), float32, 0 where there is nothing.
    """
    shown = np.flatnonzero((triangles[:, :, 2] > NEAREST).all(axis=1))
    inverse = 1.0 / triangles[shown, :, 2]
    column = lens.width / 2 + lens.focal * triangles[shown, :, 0] * inverse
    row = lens.height / 2 + lens.focal * triangles[shown, :, 1] * inverse
    front = _area(column, row) < -1e-9  # rows run downwards
    shown, column, row, inverse = shown[front], column[front], row[front], inverse[front]
    runs = _runs(column, row, lens)
    pixel, near, owner = _pixels(runs, _planes(column, row, inverse), lens)
    seen = np.zeros(lens.height * lens.width, dtype=np.uint64)
    np.maximum.at(seen, pixel, (near.view(np.uint32).astype(np.uint64) << np.uint64(32)) | owner.astype(np.uint64))
    near = (seen >> np.uint64(32)).astype(np.uint32).view(np.float32)
    there = near > 0.0
    number = np.full(seen.shape, NOTHING)
    number[there] = shown[(seen[there] & np.uint64(0xFFFFFFFF)).astype(np.int64)]
    depth = np.divide(1.0, near, out=np.zeros_like(near), where=there)
    return number.reshape(lens.height, lens.width), depth.reshape(lens.height, lens.width)


def _area(column: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Twice the signed area of triangles with corners at columns and rows (F, 3), shape (F,)."""
    ahead, aside = column[:, 1:] - column[:, :1], row[:, 1:] - row[:, :1]
    return ahead[:, 0] * aside[:, 1] - ahead[:, 1] * aside[:, 0]


def _planes(column: np.ndarray, row: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Coefficients (F, 3) of column, row and 1 that give each triangle's values (F, 3) at its corners."""
    area = _area(column, row)
    by_column, by_row = -_area(row, value) / area, _area(column, value) / area
    return np.stack((by_column, by_row, value[:, 0] - by_column * column[:, 0] - by_row * row[:, 0]), axis=1)


def _runs(column: np.ndarray, row: np.ndarray, lens: Lens) -> tuple[np.ndarray, ...]:
    """Runs of pixels in a row whose centres lie in a triangle: its number, row, first column and length, each (R,)."""
    first = np.ceil(row.min(axis=1) - 0.5).clip(0, lens.height).astype(np.int64)
    last = (np.floor(row.max(axis=1) - 0.5) + 1).clip(0, lens.height).astype(np.int64)
    owner, place = _spread((last - first).clip(min=0))
    line = first[owner] + place
    left, right = np.zeros(len(owner)), np.full(len(owner), float(lens.width))
    for start, end in ((0, 1), (1, 2), (2, 0)):
        rise = row[:, end] - row[:, start]
        slope = np.divide(column[:, end] - column[:, start], rise, out=np.zeros_like(rise), where=rise != 0.0)
        across = (column[:, start] - slope * row[:, start])[owner] + slope[owner] * (line + 0.5)
        falls, rises = (rise > 0.0)[owner], (rise < 0.0)[owner]  # counter-clockwise: the left edge runs down
        left = np.where(falls, np.maximum(left, across), left)
        right = np.where(rises, np.minimum(right, across), right)
    begin = np.ceil(left - 0.5).clip(0, lens.width).astype(np.int64)
    length = (np.floor(right - 0.5).clip(-1, lens.width - 1).astype(np.int64) + 1 - begin).clip(min=0)
    filled = length > 0
    return owner[filled], line[filled], begin[filled], length[filled]


def _pixels(runs: tuple[np.ndarray, ...], planes: np.ndarray, lens: Lens) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixels of runs one by one: index in the picture, inverse distance [1/m] float32, and number of the triangle."""
    owner, line, begin, length = runs
    by_column, by_row, constant = planes[owner].T
    start = by_column * (begin + 0.5) + by_row * (line + 0.5) + constant
    run, place = _spread(length)
    near = (start[run] + by_column[run] * place).astype(np.float32)
    return (line * lens.width + begin)[run] + place, near, owner[run]


def _spread(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each index as often as its count, and a number from 0 up for each time, both of shape (sum of the counts,)."""
    index = np.repeat(np.arange(len(counts)), counts)
    return index, np.arange(len(index)) - np.repeat(np.cumsum(counts) - counts, counts)
