"""Grasps that GraspNet prefers, drawn to be tried: the best of thousands is often one that it overestimates."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import centroid
from pushgrasp.policies.maps.choose import unravel
from pushgrasp.policies.maps.crop import crop, window_at
from pushgrasp.policies.maps.primitives import grasp_angles

from .weights import load_nets

SHARPNESS = 2.0
"""A grasp is drawn with this power of its odds."""

MOST = 10.0
"""Most log-odds that count."""


class PreferredGrasps:
    """GraspNet at work on objects of one world."""

    def __init__(self, checkpoint: Path) -> None:
        """Read the net of a checkpoint; raises the errors of :func:`pushgrasp.policies.epg.weights.load_nets`."""
        nets, self._cfg, _ = load_nets(checkpoint)
        self._net = nets.grasp

    @torch.no_grad()
    def draw(self, maps: Heightmaps, numbers: Tensor, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw different grasps of objects.

        Args:
            maps: What the camera saw, N = 1.
            numbers: Numbers of K objects in view, shape (K,), long.
            count: Grasps of each; no more than it has cells and angles.
            generator: Draws them.

        Returns:
            Cells (row, column), shape (K * count, 2), long, and closing angles [rad], shape (K * count,).
        """
        masks = maps.ids == numbers[:, None, None]
        corner, size = window_at(centroid(masks), self._cfg.window), self._cfg.window
        scores = self._net(crop(maps.height.expand(masks.shape), corner, size)).clamp(-MOST, MOST)
        odds = (SHARPNESS * scores).exp() * crop(masks, corner, size)[:, None]
        index = torch.multinomial(odds.flatten(1), count, generator=generator).flatten()
        entry = unravel(index, size)
        cells = entry[:, 1:] + corner.repeat_interleave(count, dim=0)
        return cells, grasp_angles(self._cfg.angles)[entry[:, 0]]
