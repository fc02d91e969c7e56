"""Pictures seen in a mirror, and where their actions then are: twice as much to learn from."""

from __future__ import annotations

import torch
from torch import Tensor


def mirrored(maps: Tensor, flip: Tensor) -> Tensor:
    """Mirror maps (N, ..., S, S) left to right where ``flip`` (N,)."""
    return torch.where(flip.view(-1, *[1] * (maps.dim() - 1)), maps.flip(-1), maps)


def mirrored_entries(entry: Tensor, flip: Tensor, directions: int, size: int, half: bool = False) -> Tensor:
    """Where :func:`mirrored` puts entries (N, 3) of maps with an even number of directions and sides of ``size`` cells.

    Args:
        entry: Direction, row and column, long.
        flip: Which are mirrored, shape (N,), bool.
        directions: Directions over 360 degrees, or, if ``half``, over 180.
        size: Side of the maps [cells].
        half: Whether a direction and its opposite are the same.
    """
    direction, row, column = entry.unbind(dim=1)
    opposite = directions if half else directions // 2
    other = torch.stack(((opposite - direction) % directions, row, size - 1 - column), dim=1)
    return torch.where(flip[:, None], other, entry)
