"""Whether depth lies on colour: edges of both have to coincide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pushgrasp.deploy.devices import DeviceFault
from pushgrasp.deploy.opencv import opencv
from pushgrasp.settings import Count, Positive, Settings

ENOUGH = 2000
"""So many pixels of edges are compared at most."""


@dataclass
class AlignmentCfg(Settings):
    """How edges are compared."""

    jump: Positive = 0.015
    """Step between neighbouring depths that counts as an edge [m]."""
    edges: Count = 200
    """Pixels of edges of depth at least; a picture with fewer shows no objects and tells nothing."""
    search: Count = 16
    """Largest shift that is looked for [pixel]."""
    clear: Positive = 1.2
    """Agreement at the best shift over the average one at least; less tells nothing."""
    most: Positive = 4.0
    """Shift at most [pixel]; depth's own edges wander by a few pixels."""


def check_alignment(colour: np.ndarray, depth: np.ndarray, cfg: AlignmentCfg) -> None:
    """Refuse a picture whose depth is shifted against its colour.

    Args:
        colour: RGB, shape (h, w, 3), uint8.
        depth: Depth [m], shape (h, w), 0 where there is none.
        cfg: What is compared and allowed.

    Raises:
        DeviceFault: If it is.
    """
    shift = measure_shift(colour, depth, cfg)
    if shift is not None and float(np.hypot(*shift)) > cfg.most:
        text = f"depth lies {shift[0]} pixels right and {shift[1]} down of colour, {cfg.most:g} are allowed"
        raise DeviceFault(f"camera: {text}: align depth to colour, with the intrinsics of this resolution")


def measure_shift(colour: np.ndarray, depth: np.ndarray, cfg: AlignmentCfg) -> tuple[int, int] | None:
    """Return by how much depth is shifted against colour, right and down [pixel]; None where edges do not tell.

    Edges of depth are moved over the strength of colour's edges; where they meet most of them, they belong.
    """
    edges = depth_edges(depth, cfg.jump)
    reach = cfg.search
    edges[:reach] = edges[-reach:] = False
    edges[:, :reach] = edges[:, -reach:] = False
    rows, columns = np.nonzero(edges)
    if len(rows) < cfg.edges:
        return None
    every = -(-len(rows) // ENOUGH)
    rows, columns = rows[::every], columns[::every]
    squares = np.lib.stride_tricks.sliding_window_view(colour_edges(colour), (2 * reach + 1, 2 * reach + 1))
    agreement = squares[rows - reach, columns - reach].mean(axis=0, dtype=np.float64)
    row, column = np.unravel_index(agreement.argmax(), agreement.shape)
    if agreement.max() < cfg.clear * agreement.mean():
        return None
    return reach - int(column), reach - int(row)


def depth_edges(depth: np.ndarray, jump: float) -> np.ndarray:
    """Return where depth steps between neighbours that both have one, bool, shape (h, w)."""
    edges = np.zeros(depth.shape, dtype=bool)
    for axis in (0, 1):
        lines, found = np.moveaxis(depth, axis, 0), np.moveaxis(edges, axis, 0)
        near, far = lines[:-1], lines[1:]
        found[:-1] |= (np.abs(far - near) > jump) & (near > 0.0) & (far > 0.0)
    return edges


def colour_edges(colour: np.ndarray) -> np.ndarray:
    """Return how steep colour is, shape (h, w): the root of its steepest channel's slope.

    Under the root no single gaudy object outweighs all others.
    """
    cv2 = opencv()
    smooth = cv2.GaussianBlur(colour.astype(np.float32), (9, 9), 1.0, borderType=cv2.BORDER_REFLECT)
    down, right = (cv2.Sobel(smooth, -1, *ways, borderType=cv2.BORDER_REFLECT) for ways in ((0, 1), (1, 0)))
    steepest = np.maximum.reduce(np.moveaxis(down**2 + right**2, 2, 0))
    return np.sqrt(np.sqrt(steepest))
