"""What stands on the table in a depth picture: where each pixel is, and which ones belong to objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import binary_dilation

from pushgrasp.perception.camera import deproject
from pushgrasp.perception.segment.cfg import SegmentationCfg
from pushgrasp.perception.segment.grid import TOUCH, window_of
from pushgrasp.perception.table import height_over_table
from pushgrasp.perception.workspace import Workspace

FOOT = 0.02
"""How far the low rim of an object reaches out from under what is higher than the floor [m]."""


@dataclass(frozen=True)
class Standing:
    """A depth picture over the table."""

    points: np.ndarray
    """Point of each pixel [m], world frame, shape (h, w, 3), float32; NaN where there is no depth."""
    area: np.ndarray
    """What a pixel covers at its depth [m^2], shape (h, w), float32; 0 where there is no depth."""
    height: np.ndarray
    """Height over the table that is seen [m], shape (h, w), float32; NaN where there is no depth."""
    inside: np.ndarray
    """Pixels over the workspace, shape (h, w), bool."""
    mask: np.ndarray
    """Pixels over the workspace that are higher than the table, shape (h, w), bool."""

    def place(self, mask: np.ndarray) -> str:
        """Return where the middle of some pixels is, for messages; those without depth give no position."""
        row, column = (round(float(np.median(axis))) for axis in np.nonzero(mask))
        x, y = (float(np.median(axis)) for axis in self.points[mask & (self.area > 0.0)][:, :2].T)
        return f"pixel {column},{row} (x {x:.2f} m, y {y:.2f} m)"


def find_standing(
    depth: np.ndarray,
    intrinsics: np.ndarray,
    rotation: np.ndarray,
    position: np.ndarray,
    workspace: Workspace,
    cfg: SegmentationCfg,
) -> Standing:
    """Return what stands on the table.

    Args:
        depth: Distance to the image plane [m], shape (h, w), floating; 0, NaN or infinite where there is none.
        intrinsics: Camera matrix [pixel], shape (3, 3); see :mod:`pushgrasp.perception.camera`.
        rotation: Camera (optical frame) to world, shape (3, 3).
        position: Camera centre [m], world frame, shape (3,).
        workspace: Where objects may stand.
        cfg: Settings.

    Raises:
        ValueError: If a shape is wrong, no pixel over the workspace has a depth, the table is not where it should be,
            or something as high as an arm is in the picture.
    """
    known = np.isfinite(depth) & (depth > 0.0)
    camera = (torch.as_tensor(np.asarray(part, dtype=np.float32))[None] for part in (intrinsics, rotation, position))
    points = deproject(torch.as_tensor(np.where(known, depth, np.nan).astype(np.float32))[None], *camera)[0].numpy()
    area = np.where(known, depth.astype(np.float32) ** 2 / (intrinsics[0, 0] * intrinsics[1, 1]), 0.0)
    inside = workspace.contains(torch.as_tensor(points[..., :2])).numpy()
    if not inside.any():
        raise ValueError("no pixel of the depth picture lies over the workspace; camera pose or depth is wrong")
    height = height_over_table(points, inside)
    mask = _with_feet(inside & (height > cfg.floor), inside & (height > cfg.foot), area)
    standing = Standing(points, area.astype(np.float32), height, inside, mask)
    _require_no_arm(standing, cfg)
    return standing


def _with_feet(high: np.ndarray, low: np.ndarray, area: np.ndarray) -> np.ndarray:
    """High pixels and the low ones (h, w), bool, that hang together with them within :data:`FOOT`."""
    if not high.any():
        return high
    steps = max(1, round(FOOT / float(np.sqrt(np.median(area[high])))))
    window = window_of(high, steps)
    grown = np.zeros_like(high)
    grown[window] = binary_dilation(high[window], TOUCH, steps, mask=low[window])
    return grown


def _require_no_arm(standing: Standing, cfg: SegmentationCfg) -> None:
    """Raise ValueError for a picture with an arm over the table."""
    tall = standing.inside & (standing.height > cfg.ceiling)
    if standing.area[tall].sum() > cfg.smallest:
        raise ValueError(
            f"something is {standing.height[tall].max():.2f} m high at {standing.place(tall)}; nothing over "
            f"{cfg.ceiling:g} m may be in the picture: is an arm in front of the camera?"
        )
