"""Heightmaps of upright boxes on an empty table."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace

Box = tuple[float, float, float, float, float]
"""Centre x, y, size along x, size along y, height [m]."""

Draw = Callable[..., Heightmaps]


@pytest.fixture
def workspace() -> Workspace:
    return Workspace()


@pytest.fixture
def draw(workspace: Workspace) -> Draw:
    """Draw boxes seen from above, of one world; box i has id i + 1, and the higher one is seen."""

    def draw_boxes(*boxes: Box) -> Heightmaps:
        xy = workspace.cell_centres()
        height, ids = torch.zeros(xy.shape[:2]), torch.zeros(xy.shape[:2], dtype=torch.long)
        for number, (x, y, length, breadth, top) in enumerate(boxes, start=1):
            dx, dy = (xy[..., 0] - x).abs(), (xy[..., 1] - y).abs()
            seen = (dx <= length / 2) & (dy <= breadth / 2) & (height < top)
            height[seen], ids[seen] = top, number
        return Heightmaps(torch.zeros(1, 3, *height.shape), height[None], ids[None])

    return draw_boxes
