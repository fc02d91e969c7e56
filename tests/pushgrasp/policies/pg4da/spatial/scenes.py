"""Blocks on a table, as the spatial head sees them."""

from __future__ import annotations

import torch

from pushgrasp.perception.heightmap import Heightmaps


def blocks(*places: tuple[int, int], size: int = 12, height: float = 0.05, worlds: int = 1) -> Heightmaps:
    """Square blocks of ``size`` heightmap cells with their first cell at (row, column), ids from 1 on; 1 is the target.

    Twelve cells are 5.4 cm.
    """
    ids = torch.zeros(worlds, 224, 224, dtype=torch.long)
    for number, (row, column) in enumerate(places):
        ids[:, row : row + size, column : column + size] = number + 1
    return Heightmaps(torch.zeros(worlds, 3, 224, 224), (ids > 0).float() * height, ids)


TARGET = torch.tensor([1])
"""Id of the target of one world."""
