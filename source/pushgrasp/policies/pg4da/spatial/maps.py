"""What the spatial head sees besides the angle-view heatmap and its choices: the scene from above."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, max_pool2d

from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.isolation import isolate_rate
from pushgrasp.perception.masks import centroid, is_visible, object_mask, target_mask
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.action import MAP_SIZE

CHANNELS = ("target", "objects", "highest", "mean height", "isolate rate", "x", "y")

UNIT = 0.1
"""Heights and offsets from the target are given in units of this [m]."""

NEIGHBOUR_HEIGHT = 0.01
"""Cells higher than this count as occupied in the isolate rate [m]."""


def scene_maps(heightmaps: Heightmaps, target_id: Tensor, workspace: Workspace) -> Tensor:
    """Return the channels named in :data:`CHANNELS`, shape (N, 7, 56, 56), float32.

    Args:
        heightmaps: What the camera saw, 224 cells a side.
        target_id: Slot index + 1 of the target, shape (N,), long.
        workspace: Area of the heightmaps.

    Raises:
        ValueError: If the heightmaps do not have a multiple of 56 cells a side.
    """
    height, ids = heightmaps.height, heightmaps.ids
    if height.ndim != 3 or height.shape[1] != height.shape[2] or height.shape[1] % MAP_SIZE:
        raise ValueError(f"heightmaps have shape {tuple(height.shape)}; expected (N, 224, 224)")
    target, occupied = seen_target(heightmaps, target_id), object_mask(ids, height, NEIGHBOUR_HEIGHT)
    rate = isolate_rate(target, occupied, workspace.resolution).to(height)
    shares = torch.stack((target, object_mask(ids, height)), dim=1).to(height)
    factor = height.shape[1] // MAP_SIZE
    channels = (
        avg_pool2d(shares, factor),
        max_pool2d(height[:, None], factor) / UNIT,
        avg_pool2d(height[:, None], factor) / UNIT,
        rate[:, None, None, None].expand(-1, 1, MAP_SIZE, MAP_SIZE),
        offsets(target, workspace) / UNIT,
    )
    return torch.cat(channels, dim=1).float()


def seen_target(heightmaps: Heightmaps, target_id: Tensor) -> Tensor:
    """Cells (N, H, W) of targets of which enough is seen, bool."""
    target = target_mask(heightmaps.ids, target_id)
    return target & is_visible(target)[:, None, None]


def middle(mask: Tensor) -> Tensor:
    """Whether any of the middle 2 x 2 heightmap cells is in the mask (N, 224, 224), per cell of the map (N, 56, 56)."""
    factor = mask.shape[1] // MAP_SIZE
    margin = factor // 2 - 1
    inner = mask.unflatten(1, (MAP_SIZE, factor)).unflatten(3, (MAP_SIZE, factor))
    inner = inner[:, :, margin : factor - margin, :, margin : factor - margin]
    return inner.any(dim=4).any(dim=2)


def middle_cells(cells: Tensor, size: int) -> Tensor:
    """Middle 2 x 2 heightmap cells, ``size`` a side, of cells (M,) of the map, row by row, shape (M, 4, 2), long."""
    factor = size // MAP_SIZE
    corner = torch.stack((cells // MAP_SIZE, cells % MAP_SIZE), dim=1) * factor + factor // 2 - 1
    return corner[:, None] + torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], device=cells.device)


def offsets(target: Tensor, workspace: Workspace) -> Tensor:
    """Distance of each cell of the map from the target's centroid along x and y [m], shape (N, 2, 56, 56)."""
    row, column = centroid(target).unbind(dim=1)
    centre = torch.stack((column + 0.5, -row - 0.5), dim=1) * workspace.resolution
    step = (workspace.x_max - workspace.x_min) / MAP_SIZE
    along = (torch.arange(MAP_SIZE, device=target.device, dtype=centre.dtype) + 0.5) * step
    x = along[None, :].expand(MAP_SIZE, MAP_SIZE)
    y = -along[:, None].expand(MAP_SIZE, MAP_SIZE)
    return torch.stack((x, y))[None] - centre[:, :, None, None]


def step_of(workspace: Workspace) -> float:
    """Side of a cell of the map [m]."""
    return (workspace.x_max - workspace.x_min) / MAP_SIZE


def map_cells(points: Tensor, workspace: Workspace) -> Tensor:
    """Cells of the map that hold points (..., 2) [m], row by row, shape (...), long."""
    step = step_of(workspace)
    column = ((points[..., 0] - workspace.x_min) / step).floor().clamp(0, MAP_SIZE - 1)
    row = ((workspace.y_max - points[..., 1]) / step).floor().clamp(0, MAP_SIZE - 1)
    return (row * MAP_SIZE + column).long()


def cell_middles(cells: Tensor, workspace: Workspace) -> Tensor:
    """Middles (..., 2) [m] of cells (...) of the map, counted row by row."""
    step = step_of(workspace)
    x, y = workspace.x_min + (cells % MAP_SIZE + 0.5) * step, workspace.y_max - (cells // MAP_SIZE + 0.5) * step
    return torch.stack((x, y), dim=-1)
