"""Square windows of heightmaps, cell for cell: nothing is resampled."""

from __future__ import annotations

import torch
from torch import Tensor


def window_at(centre: Tensor, size: int) -> Tensor:
    """Return the first cell (row, column) of windows of ``size`` cells about centres (N, 2), long, shape (N, 2)."""
    return (centre - size / 2.0 + 1.0).floor().long()


def crop(maps: Tensor, corner: Tensor, size: int) -> Tensor:
    """Cut windows out of maps; what lies outside of a map is zero, bare table.

    Args:
        maps: Any numbers, shape (N, H, W).
        corner: First cell (row, column) of each window, shape (N, 2), long.
        size: Side of the windows [cells].

    Returns:
        Shape (N, size, size), of the dtype of ``maps``.
    """
    steps = torch.arange(size, device=maps.device)
    row, col = corner[:, :1] + steps, corner[:, 1:] + steps
    inside = _within(row, maps.shape[1])[:, :, None] & _within(col, maps.shape[2])[:, None]
    row, col = row.clamp(0, maps.shape[1] - 1), col.clamp(0, maps.shape[2] - 1)
    world = torch.arange(len(maps), device=maps.device)[:, None, None]
    return maps[world, row[:, :, None], col[:, None]] * inside.to(maps.dtype)


def _within(index: Tensor, count: int) -> Tensor:
    return (index >= 0) & (index < count)
