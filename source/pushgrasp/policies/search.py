"""Where a target that is out of view is looked for, the same for all policies, and which places have been swept."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from scipy import ndimage
from tensordict import TensorClass
from torch import Tensor
from torch.nn.functional import avg_pool2d, conv2d, interpolate, pad

from pushgrasp.interface.action import Action, Kind
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import centroid, dilate, object_mask, target_mask
from pushgrasp.perception.workspace import Workspace

SUMMIT = 0.03
"""Radius of the place that is looked at [m]."""

COVER = 0.02
"""Height of what lies on a hidden target, at least [m]."""

TARGET_HEIGHT = 0.05
"""Height of a hidden target [m]."""

FOOTPRINT = 0.035
"""Radius of the disc that a hidden target takes up with what covers its edges [m]."""

HIDES = 0.75
"""Share of a target's volume that has to be left under the cover: a narrow tower has less within the footprint."""

NEAR = 0.08
"""A push has swept what is nearer to its way than this [m]."""

KEPT = 16
"""Pushes that are remembered in each world."""

POINTS = 8
"""Points of each way that are remembered."""

EVERY = 4
"""It is measured for every so many cells, along rows and columns, how often they were swept."""


class Swept(TensorClass):
    """The last R actions of the present episodes of N worlds that pushed or put something down, the latest first."""

    ways: Tensor
    """Points on the ways of the tips, or where things were put down [m], shape (N, R, 2, 8, 2), by arm."""

    @staticmethod
    def none(worlds: int, device: torch.device | str = "cpu") -> Swept:
        """Nothing has been swept yet."""
        return Swept(torch.full((worlds, KEPT, 2, POINTS, 2), torch.inf, device=device), batch_size=[worlds])

    def forget(self, worlds: Tensor) -> None:
        """Episodes begin in worlds, indices (W,) or bool (N,)."""
        self.ways[worlds] = torch.inf

    def add(self, action: Action, done: Tensor) -> None:
        """Remember pushes and moves of an action, in worlds where they were ``done`` (N,), bool; the oldest make room.

        Under what was put down nothing hides.
        """
        valid = action.valid & done[:, None]
        pushed, moved = valid & (action.kind == Kind.PUSH), valid & (action.kind == Kind.MOVE)
        index = torch.linspace(0, action.path.shape[2] - 1, POINTS, device=valid.device).round().long()
        way = action.path[:, :, index, :2].masked_fill(~pushed[..., None, None], torch.inf)
        way = torch.where(moved[..., None, None], action.place_position[:, :, None, :2], way)
        way = pad(way, (0, 0, 0, 0, 0, 2 - way.shape[1]), value=torch.inf)
        longer = torch.cat((way[:, None].to(self.ways), self.ways[:, :-1]), dim=1)
        some = (pushed | moved).any(dim=1).to(self.ways.device)
        self.ways[some] = longer[some]

    def times(self, workspace: Workspace, worlds: Tensor) -> Tensor:
        """How many of the actions have swept each cell, in worlds with indices (W,), shape (W, H, W), float."""
        most = int(self.ways[worlds, ..., 0].isfinite().flatten(2).any(dim=2).sum(dim=1).max())
        ways = self.ways[worlds, :most].flatten(2, 3)
        xy = workspace.cell_centres(ways.device, ways.dtype)[EVERY // 2 :: EVERY, EVERY // 2 :: EVERY]
        distance = (xy[:, :, None, None] - ways[:, None, None]).norm(dim=-1)
        times = (distance < NEAR).any(dim=-1).sum(dim=-1).to(ways)
        return interpolate(times[:, None], size=workspace.cells)[:, 0]


def search_place(heightmaps: Heightmaps, target_id: Tensor, workspace: Workspace, swept: Swept | None = None) -> Tensor:
    """Return the place of 3 cm about the cells of :func:`search_cell`, shape (N, H, W), bool."""
    return dilate(search_cell(heightmaps, target_id, workspace, swept), SUMMIT / workspace.resolution)


def search_objects(heightmaps: Heightmaps, target_id: Tensor, workspace: Workspace, swept: Swept | None) -> Tensor:
    """Return the cells of objects in the place, shape (N, H, W), bool."""
    place = search_place(heightmaps, target_id, workspace, swept)
    return place & object_mask(heightmaps.ids, heightmaps.height)


def search_cell(heightmaps: Heightmaps, target_id: Tensor, workspace: Workspace, swept: Swept | None = None) -> Tensor:
    """Find the cell at which to look for a target that is out of view.

    Where few cells of it are seen, it is the one in their midst. Elsewhere it is the top of the heap that can hide
    most: of the connected places under which a target may lie, those are taken that have most volume for it. Where none
    can hide it, it is the highest place. What has been swept counts half for each time.

    Args:
        heightmaps: What the camera saw of N worlds.
        target_id: Slot index + 1 of the target, shape (N,), long.
        workspace: Area of the heightmaps.
        swept: What has been swept; None where nobody knows.

    Returns:
        The cell, shape (N, H, W), bool.
    """
    height, target = heightmaps.height, target_mask(heightmaps.ids, target_id)
    worth = -_distance(centroid(target), height).masked_fill(~target, torch.inf)
    hidden = (~target.flatten(1).any(dim=1)).nonzero()[:, 0]
    if len(hidden) > 0:
        times = 0.0 if swept is None else swept.to(height.device).times(workspace, hidden)
        worth[hidden] = _worth(height[hidden], 0.5**times, workspace)
    worth = worth.flatten(1)
    best = torch.zeros_like(worth, dtype=torch.bool).scatter(1, worth.argmax(dim=1, keepdim=True), True)
    return best.view_as(target)


def hiding_volume(height: Tensor, workspace: Workspace) -> Tensor:
    """Height of what may be hidden at each cell, mean over its footprint [m], 0 where that is too little for a target.

    Args:
        height: Heightmap [m], shape (N, H, W).
        workspace: Area of the heightmaps.
    """
    reach = int(FOOTPRINT / workspace.resolution)
    offset = torch.arange(-reach, reach + 1).to(height) * workspace.resolution
    disc = (offset[:, None].square() + offset.square() <= FOOTPRINT**2).to(height)
    left = (height - COVER).clamp(0.0, TARGET_HEIGHT)
    mean = conv2d(left[:, None], disc[None, None] / disc.sum(), padding=reach)[:, 0]
    return torch.where(mean >= HIDES * TARGET_HEIGHT, mean, 0.0)


def _distance(centre: Tensor, height: Tensor) -> Tensor:
    """Distance of each cell from the cells (row, column) (N, 2) [cells], shape (N, H, W)."""
    row, column = (torch.arange(size, device=height.device) for size in height.shape[1:])
    return torch.hypot(row[:, None] - centre[:, 0, None, None], column - centre[:, 1, None, None]).to(height)


def _worth(height: Tensor, share: Tensor | float, workspace: Workspace) -> Tensor:
    """Maps (N, H, W), greatest where to look for targets of which nothing is seen; what was swept has a ``share``."""
    smooth = avg_pool2d(height[:, None], 9, stride=1, padding=4)[:, 0]
    heap = dilate(_greatest(hiding_volume(height, workspace) * share), FOOTPRINT / workspace.resolution)
    some = heap.flatten(1).any(dim=1)[:, None, None]
    return torch.where(some, smooth.masked_fill(~heap, -torch.inf), smooth * share)


def _greatest(volume: Tensor) -> Tensor:
    """Cells (N, H, W) of the heap, of connected cells with a volume (N, H, W), that has the greatest sum, bool."""
    connected = np.zeros((3, 3, 3))
    connected[1] = 1
    labels, count = cast("tuple[np.ndarray, int]", ndimage.label((volume > 0.0).cpu().numpy(), connected))
    heaps = torch.from_numpy(labels).to(volume.device).long()
    sums = heaps.flatten().bincount(volume.flatten().double(), minlength=count + 1)[heaps]
    return (volume > 0.0) & (sums == sums.flatten(1).amax(dim=1)[:, None, None])
