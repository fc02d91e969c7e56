"""What stands on the table, split into objects: where depth jumps, where surfaces meet in a valley, where colours do.

First pixels are joined to surfaces wherever neighbours look alike; then surfaces to objects, by what is known of a
whole surface better than of a pixel: its hue, its plane, and how much light that plane explains. Touching boxes of
equal height and colour stay one object: nothing in the picture tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pushgrasp.perception.segment.cfg import SegmentationCfg
from pushgrasp.perception.segment.grid import window_of, without_specks
from pushgrasp.perception.segment.standing import Standing

STEADY = 1e-3
"""What keeps the plane of a narrow surface level [m]: its pixels' spread across counts against this."""

GAMMA = 2.2
"""Power of a channel's value that is proportional to light, in which a face in shade keeps its hue."""

DARK = 1e-3
"""Light that is added to each channel, as a share of its range: black has no hue."""


@dataclass(frozen=True)
class Pixels:
    """The P pixels that stand on the table, and their Q pairs of direct neighbours."""

    colour: np.ndarray
    """RGB, shape (P, 3), float32."""
    light: np.ndarray
    """Light of the three channels, as a share of the brightest, shape (P, 3), float32; above 0."""
    points: np.ndarray
    """World frame [m], shape (P, 3), float32."""
    pairs: np.ndarray
    """Numbers of neighbours, shape (2, Q)."""
    outer: np.ndarray
    """Numbers of the pixels one further on in line with each pair, which a blurred edge does not reach, shape (2, Q);
    the neighbours themselves where nothing stands there."""


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
        window = window_of(standing.mask)
        mask, area = standing.mask[window], standing.area[window]
        pixels = _pixels(median_filter(colour[window], (3, 3, 1)), standing.points[window], mask)
        surface = _join(len(pixels.colour), pixels.pairs[:, _alike(pixels, cfg)])
        pieces[window][mask] = 1 + _join_surfaces(pixels, surface, cfg)
        pieces[window] = without_specks(pieces[window], area, cfg.smallest)
    return pieces


def _pixels(colour: np.ndarray, points: np.ndarray, mask: np.ndarray) -> Pixels:
    number = np.where(mask, np.cumsum(mask).reshape(mask.shape) - 1, -1)
    lines = np.concatenate((_lines(number), _lines(number.T)), axis=1)
    outer_first, first, second, outer_second = lines
    outer = np.where(outer_first < 0, first, outer_first), np.where(outer_second < 0, second, outer_second)
    light = (colour[mask] / np.float32(255.0)) ** np.float32(GAMMA) + np.float32(DARK)
    return Pixels(colour[mask].astype(np.float32), light, points[mask], np.stack((first, second)), np.stack(outer))


def _lines(number: np.ndarray) -> np.ndarray:
    """Numbers of four pixels in a row, shape (4, K), the middle two of which stand; -1 for others that do not."""
    padded = np.pad(number, ((0, 0), (1, 1)), constant_values=-1)
    run = np.stack([padded[:, start : padded.shape[1] - 3 + start] for start in range(4)])
    return run[:, (run[1] >= 0) & (run[2] >= 0)]


def _alike(pixels: Pixels, cfg: SegmentationCfg) -> np.ndarray:
    """Pairs of neighbours that belong to one surface, shape (Q,), bool."""
    first, second = pixels.colour[pixels.pairs]
    hue = _hue(pixels.light)[pixels.outer]
    contrast = np.abs(first - second).max(axis=1) > 255 * cfg.contrast
    return ~(contrast | (np.abs(hue[0] - hue[1]).max(axis=1) > cfg.hue_step) | _jumps(pixels, cfg))


def _hue(light: np.ndarray) -> np.ndarray:
    """Shares (P, 2) of red and green in light (P, 3): the same in light and shade."""
    return light[:, :2] / light.sum(axis=1, keepdims=True)


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
    light = _means(pixels.light, surface, size)
    bright, hue = light.sum(axis=1), _hue(light)
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
