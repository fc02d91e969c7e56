"""Small tools for pictures of numbers: the part of a picture that matters, and what goes to the nearest neighbour."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt, label

REACH = 0.015
"""Pixels join the nearest object up to this far away [m]."""


TOUCH = np.ones((3, 3), dtype=bool)
"""Pixels that touch at a corner hang together."""


def window_of(mask: np.ndarray, margin: int = 0) -> tuple[slice, slice]:
    """Return the rows and columns of the smallest rectangle that holds a mask (h, w) and a margin [pixels]."""
    spans = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    rows, columns = (slice(max(0, int(span[0]) - margin), int(span[-1]) + 1 + margin) for span in spans)
    return rows, columns


def parts_of(mask: np.ndarray) -> np.ndarray:
    """Return the number of the part of a mask (h, w) that each pixel hangs together with, from 1 on, 0 outside it."""
    return np.asarray(label(mask, TOUCH)[0])  # type: ignore[index]


def distance_to(mask: np.ndarray) -> np.ndarray:
    """Return how far each pixel is from the nearest one of a mask (h, w) that is not empty [pixels]."""
    return np.asarray(distance_transform_edt(~mask))


def join_nearest(numbers: np.ndarray, lost: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Give pixels the number of the nearest others, or 0 where none is within :data:`REACH`.

    Args:
        numbers: Number of each pixel's object, 0 for none, shape (h, w), integer.
        lost: Pixels that lose theirs, shape (h, w), bool.
        area: What each pixel covers [m^2], shape (h, w).
    """
    kept = (numbers > 0) & ~lost
    if not kept.any() or not lost.any():
        return np.where(lost, 0, numbers)
    nearest = np.asarray(distance_transform_edt(~kept, return_distances=False, return_indices=True))
    away = np.hypot(*(nearest - np.indices(kept.shape)))
    near = away * np.sqrt(area) < REACH
    return np.where(lost, np.where(near, numbers[tuple(nearest)], 0), numbers)


def without_specks(numbers: np.ndarray, area: np.ndarray, smallest: float) -> np.ndarray:
    """Give pixels of objects of less than ``smallest`` [m^2] to the nearest others; arguments as join_nearest has."""
    speck = np.bincount(numbers.ravel(), area.ravel()) < smallest
    speck[0] = False
    return join_nearest(numbers, speck[numbers], area)
