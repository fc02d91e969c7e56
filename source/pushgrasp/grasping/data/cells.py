"""The cells of the angle-view net's grid over a heightmap: which of them show an object, and where its surface is.

A grid cell covers four by four cells of the heightmap. What its four inner ones show counts, and of these the highest
that shows an object is the cell's surface point: the place nearest to the cell's middle at which a grasp can begin.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from pushgrasp.perception.workspace import Workspace

GRID = 56
"""Cells along a side of the net's grid."""

BLOCK = 4
"""Cells of the heightmap along a side of a grid cell."""

MIN_HEIGHT = 0.005
"""Lower surfaces do not count as an object [m], as in :func:`pushgrasp.perception.masks.object_mask`."""

_INNER = slice(BLOCK // 2 - 1, BLOCK // 2 + 1)


@dataclass(frozen=True)
class CellPoints:
    """Surface points of M grid cells that show an object.

    Attributes:
        cell: Row * 56 + column of the grid, shape (M,), long, rising.
        object_id: Slot index + 1 of the object shown, shape (M,), long.
        point: Surface point [m], world frame, shape (M, 3).
    """

    cell: torch.Tensor
    object_id: torch.Tensor
    point: torch.Tensor


def object_cells(height: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    """Grid cells that show an object.

    Args:
        height: Heightmaps [m], shape (..., 224, 224).
        ids: Slot index + 1, 0 for the background, same shape, integer.

    Returns:
        Bool, shape (..., 56, 56).
    """
    return (_inner(height) > MIN_HEIGHT).logical_and(_inner(ids) > 0).any(dim=-1)


def cell_points(height: torch.Tensor, ids: torch.Tensor, workspace: Workspace) -> CellPoints:
    """Surface points of the grid cells that show an object.

    Args:
        height: Heightmap [m], shape (224, 224).
        ids: Slot index + 1, 0 for the background, shape (224, 224), integer.
        workspace: Area of the heightmap.

    Raises:
        ValueError: If a shape is wrong or the workspace has another number of cells.
    """
    if workspace.cells != GRID * BLOCK:
        raise ValueError(f"workspace has {workspace.cells} cells along a side; the grid needs {GRID * BLOCK}")
    heights, labels = _inner(height).flatten(0, 1), _inner(ids).flatten(0, 1).long()
    shown = (labels > 0) & (heights > MIN_HEIGHT)
    cell = shown.any(dim=1).nonzero()[:, 0]
    inner = torch.where(shown, heights, -torch.inf)[cell].argmax(dim=1)
    row = cell // GRID * BLOCK + _INNER.start + inner // 2
    column = cell % GRID * BLOCK + _INNER.start + inner % 2
    xy = workspace.cell_to_xy(torch.stack((row, column), dim=1)).to(height)
    return CellPoints(cell, labels[cell, inner], torch.cat((xy, heights[cell, inner][:, None]), dim=1))


def _inner(maps: torch.Tensor) -> torch.Tensor:
    """The four inner heightmap cells of every grid cell, (..., 224, 224) as (..., 56, 56, 4)."""
    size = GRID * BLOCK
    if tuple(maps.shape[-2:]) != (size, size):
        raise ValueError(f"map has shape {tuple(maps.shape)}; needed: (..., {size}, {size})")
    blocks = maps.unflatten(-1, (GRID, BLOCK)).unflatten(-3, (GRID, BLOCK)).transpose(-3, -2)
    return blocks[..., _INNER, _INNER].flatten(-2)
