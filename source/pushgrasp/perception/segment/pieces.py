"""What stands on the table, split into objects: where depth jumps, where surfaces meet in a valley, where colours do.

First pixels are joined to surfaces wherever neighbours look alike; then surfaces to objects, by what is known of a whole
surface better than of a pixel: its hue, its plane, and how much light that plane explains. Touching boxes of equal height
and colour stay one object: nothing in the picture tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt, median_filter
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pushgrasp.perception.segment.cfg import SegmentationCfg
from pushgrasp.perception.segment.standing import Standing

STEADY = 1e-3
"""What keeps the plane of a narrow surface level [m]: its pixels' spread across counts against this."""

GAMMA = 2.2
"""Power of a channel's value that is proportional to light, in which a face in shade keeps its hue."""

DARK = 1e-3
"""Light that is added to each channel, as a share of its range: black has no hue."""

REACH = 0.015
"""Specks join the nearest object up to this far away [m]."""


@dataclass(frozen=True)
class Pixels:
    """The P pixels that stand on the table, and their Q pairs of direct neighbours."""

    colour: np.ndarray
    """RGB, shape (P, 3), float32."""
    points: np.ndarray
    """World frame [m], shape (P, 3), float64."""
    pairs: np.ndarray
    """Numbers of neighbours, shape (2, Q)."""


def split_pieces(colour: np.ndarray, standing: Standing, cfg: SegmentationCfg) -> np.ndarray:
    """Return the objects that stand on the table.

    Args:
        colour: RGB, shape (h, w, 3), uint8.
        standing: What stands there.
        cfg: Settings.

    Returns:
        Number of each pixel's object from 1 on, 0 for none, shape (h, w), int32.
    """
    pieces = np.zeros(standing.mask.shape, dtype=np.int32)
    if standing.mask.any():
        window = _window(standing.mask)
        mask, area = standing.mask[window], standing.area[window]
        pixels = _pixels(median_filter(colour[window], (3, 3, 1)), standing.points[window], mask)
        surface = _join(len(pixels.colour), pixels.pairs[:, _alike(pixels, cfg)])
        pieces[window][mask] = 1 + _join_surfaces(pixels, surface, cfg)
        pieces[window] = _without_specks(pieces[window], area, cfg)
    return pieces


def _window(mask: np.ndarray) -> tuple[slice, slice]:
    """Smallest rectangle that holds a mask."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _pixels(colour: np.ndarray, points: np.ndarray, mask: np.ndarray) -> Pixels:
    number = np.cumsum(mask).reshape(mask.shape) - 1
    across, down = mask[:, :-1] & mask[:, 1:], mask[:-1] & mask[1:]
    first = np.concatenate((number[:, :-1][across], number[:-1][down]))
    second = np.concatenate((number[:, 1:][across], number[1:][down]))
    return Pixels(colour[mask].astype(np.float32), points[mask].astype(np.float64), np.stack((first, second)))


def _alike(pixels: Pixels, cfg: SegmentationCfg) -> np.ndarray:
    """Pairs of neighbours that belong to one surface, shape (Q,), bool."""
    first, second = pixels.pairs
    contrast = np.abs(pixels.colour[first] - pixels.colour[second]).max(axis=1)
    return (contrast <= 255 * cfg.contrast) & ~_jumps(pixels, cfg)


def _jumps(pixels: Pixels, cfg: SegmentationCfg) -> np.ndarray:
    """Pairs of neighbours between which depth jumps, shape (Q,), bool."""
    first, second = pixels.pairs
    return np.abs(pixels.points[first, 2] - pixels.points[second, 2]) > cfg.jump


def _join(count: int, pairs: np.ndarray) -> np.ndarray:
    """Number of the group of each of ``count`` things, shape (count,), where ``pairs`` (2, Q) belong together."""
    graph = coo_array((np.ones(pairs.shape[1], dtype=bool), (pairs[0], pairs[1])), shape=(count, count))
    return connected_components(graph, directed=False)[1]


def _join_surfaces(pixels: Pixels, surface: np.ndarray, cfg: SegmentationCfg) -> np.ndarray:
    """Number of each pixel's object, shape (P,), from the numbers of the surfaces (P,)."""
    count = int(surface.max()) + 1
    sides = np.sort(surface[pixels.pairs], axis=0)
    met = sides[0] != sides[1]
    borders, border = np.unique(sides[:, met], axis=1, return_inverse=True)
    steps = np.bincount(border, _jumps(pixels, cfg)[met]) / np.bincount(border)
    joined = (steps < 0.5) & _one_object(pixels, surface, borders, cfg)
    return _join(count, borders[:, joined])[surface]


def _one_object(pixels: Pixels, surface: np.ndarray, borders: np.ndarray, cfg: SegmentationCfg) -> np.ndarray:
    """Which pairs of surfaces (2, B) may be faces of one object, shape (B,), bool: by hue, slope and shade."""
    size = np.bincount(surface)
    light = _means((pixels.colour / 255.0) ** GAMMA, surface, size) + DARK
    bright = light.sum(axis=1)
    hue = light[:, :2] / bright[:, None]
    centre, slope = _planes(pixels.points, surface, size)
    first, second = borders
    same_hue = np.abs(hue[first] - hue[second]).max(axis=1) < cfg.hue_step
    shade = np.exp(np.abs(np.log(bright[first] / bright[second])))
    turn = np.arctan(slope[second]) - np.arctan(slope[first])
    bent = np.linalg.norm(turn, axis=1) > cfg.bend
    valley = (turn * (centre[second] - centre[first])).sum(axis=1) > 0.0
    return same_hue & np.where(bent, ~valley, shade < cfg.shade)


def _means(values: np.ndarray, group: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Means (G, K) of values (P, K) by group (P,) of sizes (G,)."""
    return np.stack([np.bincount(group, column) for column in values.T], axis=1) / size[:, None]


def _planes(points: np.ndarray, surface: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centres (S, 2) [m] and slopes (S, 2), height over x and over y, of the planes through surfaces."""
    centre = _means(points, surface, size)
    x, y, z = (points - centre[surface]).T
    xx, xy, yy, xz, yz = _means(np.stack((x * x, x * y, y * y, x * z, y * z), axis=1), surface, size).T
    xx, yy = xx + STEADY**2, yy + STEADY**2
    slope = np.stack((yy * xz - xy * yz, xx * yz - xy * xz), axis=1) / (xx * yy - xy * xy)[:, None]
    return centre[:, :2], slope


def _without_specks(pieces: np.ndarray, area: np.ndarray, cfg: SegmentationCfg) -> np.ndarray:
    """Give small pieces to the nearest other ones, or drop them where none is near."""
    speck = np.bincount(pieces.ravel(), area.ravel()) < cfg.smallest
    speck[0] = False
    lost = speck[pieces]
    if speck[1:].all():
        return np.zeros_like(pieces)
    distance, nearest = distance_transform_edt(lost | (pieces == 0), return_indices=True)
    near = distance * np.sqrt(area) < REACH
    return np.where(lost, np.where(near, pieces[tuple(nearest)], 0), pieces)
