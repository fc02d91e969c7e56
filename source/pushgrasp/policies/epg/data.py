"""Batches of tried grasps for GraspNet and CriticNet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pushgrasp.gripper.geometry import GripperGeometry
from pushgrasp.perception.masks import centroid
from pushgrasp.policies.maps.crop import crop, window_at
from pushgrasp.policies.maps.masks import angle_index, jaws_picture
from pushgrasp.policies.maps.mirror import mirrored
from pushgrasp.policies.maps.tries import SceneTries

from .cfg import NetsCfg

JITTER = 8
"""Windows are shifted by less than so many cells from batch to batch, so that no cell always has the same place."""


@dataclass(frozen=True)
class GraspBatch:
    """Heights of N windows and L grasps in them."""

    height: Tensor
    """Heights [m], shape (N, S, S)."""
    world: Tensor
    """Window of each grasp, shape (L,), long."""
    index: Tensor
    """Closing angle, row and column of each grasp in the window, shape (L, 3), long."""
    lifted: Tensor
    """Whether it lifted its object alone, shape (L,), float 0 or 1."""


@dataclass(frozen=True)
class CriticBatch:
    """Windows (L, S, S) about L grasps: what CriticNet takes, and what came of the grasps."""

    height: Tensor
    target: Tensor
    objects: Tensor
    jaws: Tensor
    lifted: Tensor
    """Whether the target was lifted alone, shape (L,), float 0 or 1."""

    @property
    def inputs(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What goes into the net."""
        return self.height, self.target, self.objects, self.jaws


class TryData:
    """Tried grasps of several scenes, in memory."""

    def __init__(self, scenes: Sequence[SceneTries], cfg: NetsCfg, resolution: float, sizes: GripperGeometry) -> None:
        """Take scenes whose cells have sides of ``resolution`` [m] and were grasped by a gripper of ``sizes``.

        Raises:
            ValueError: If there are none, or no grasp was tried in them.
        """
        if not sum(len(scene.angle) for scene in scenes):
            raise ValueError("no grasps to learn from: the scenes hold no tries")
        self._cfg, self._resolution, self._sizes = cfg, resolution, sizes
        self._height = torch.stack([scene.height for scene in scenes])
        self._ids = torch.stack([scene.ids for scene in scenes])
        self._scene = torch.cat([torch.full((len(scene.angle),), n) for n, scene in enumerate(scenes)])
        self._cell = torch.cat([scene.cell for scene in scenes]).long()
        self._angle, self._width, self._lifted = (
            torch.cat([getattr(scene, name) for scene in scenes]) for name in ("angle", "width", "lifted")
        )
        self._middle = _middles(self._ids)

    @property
    def scenes(self) -> int:
        """How many scenes there are."""
        return len(self._height)

    @property
    def grasps(self) -> int:
        """How many grasps there are."""
        return len(self._scene)

    def grasp_batch(self, scenes: Tensor, generator: torch.Generator | None = None) -> GraspBatch:
        """Return scenes (N,) for GraspNet; with a generator shifted, mirrored and, for plain nets, turned at random."""
        size = self._cfg.window
        corner = window_at(self._middle[scenes], size)
        flip, quarter = self._draw_moves(len(scenes), generator)
        if generator is not None:
            corner = corner + torch.randint(1 - JITTER, JITTER, corner.shape, generator=generator)
        height = _moved(crop(self._height[scenes], corner, size).float(), flip, quarter)
        chosen, world = (self._scene[None] == scenes[:, None]).nonzero(as_tuple=True)[::-1]
        cell, angle = _moved_grasps(
            self._cell[chosen] - corner[world], self._angle[chosen], flip[world], quarter[world], size
        )
        inside = ((cell >= 0) & (cell < size)).all(dim=1)
        index = torch.cat((angle_index(angle, self._cfg.angles)[:, None], cell), dim=1)
        return GraspBatch(height, world[inside], index[inside], self._lifted[chosen][inside].float())

    def critic_batch(self, grasps: Tensor, generator: torch.Generator | None = None) -> CriticBatch:
        """Return grasps (L,) for CriticNet; with a generator mirrored at random, and, for plain nets, turned."""
        size, scene = self._cfg.critic_window, self._scene[grasps]
        corner = window_at(self._cell[grasps], size)
        ids = crop(self._ids[scene], corner, size)
        own = self._ids[scene, self._cell[grasps, 0], self._cell[grasps, 1]]
        maps = [
            crop(self._height[scene], corner, size).float(),
            (ids == own[:, None, None]).float(),
            (ids > 0).float(),
            jaws_picture(self._angle[grasps], self._width[grasps], size, self._resolution, self._sizes),
        ]
        flip, quarter = self._draw_moves(len(grasps), generator)
        maps = [_moved(part, flip, quarter) for part in maps]
        return CriticBatch(*maps, self._lifted[grasps].float())

    def _draw_moves(self, count: int, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """Which of so many pictures are mirrored, and by how many quarters each is turned; none without a generator."""
        flip, quarter = torch.zeros(count, dtype=torch.bool), torch.zeros(count, dtype=torch.long)
        if generator is not None:
            flip = torch.rand(count, generator=generator) < 0.5
            if not self._cfg.equivariant:
                quarter = torch.randint(4, (count,), generator=generator)
        return flip, quarter


def _middles(ids: Tensor) -> Tensor:
    """Middle of the cells of all objects (row, column), of the picture where there are none, shape (N, 2)."""
    return centroid(ids > 0)


def _moved(maps: Tensor, flip: Tensor, quarter: Tensor) -> Tensor:
    """Mirror maps (N, S, S) left to right where ``flip`` (N,), then turn them by quarters (N,) of a turn."""
    maps = mirrored(maps, flip)
    turned = [torch.rot90(maps, turns, (1, 2)) for turns in range(4)] if bool(quarter.any()) else [maps]
    return torch.stack(turned)[quarter, torch.arange(len(maps))]


def _moved_grasps(cell: Tensor, angle: Tensor, flip: Tensor, quarter: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Where :func:`_moved` puts cells (L, 2) and closing angles (L,) [rad] of maps of ``size`` cells."""
    row, col = cell[:, 0], torch.where(flip, size - 1 - cell[:, 1], cell[:, 1])
    angle = torch.where(flip, math.pi - angle, angle) + quarter * (math.pi / 2)
    for turns in range(1, 4):
        again = quarter >= turns
        row, col = torch.where(again, size - 1 - col, row), torch.where(again, row, col)
    return torch.stack((row, col), dim=1), angle % math.pi
