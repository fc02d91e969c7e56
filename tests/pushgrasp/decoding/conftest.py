"""Fixtures: heightmaps of upright boxes on an empty table."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from pushgrasp.perception.workspace import Workspace

Box = tuple[float, float, float, float, float, float]
"""Centre x, y [m], size along its own axes [m], height [m], yaw [rad]."""


def draw_boxes(boxes: list[Box], workspace: Workspace) -> tuple[Tensor, Tensor]:
    """Height (H, W) [m] and ids (H, W) of boxes seen from above; box i has id i + 1, the higher one is seen."""
    xy = workspace.cell_centres()
    height, ids = torch.zeros(xy.shape[:2]), torch.zeros(xy.shape[:2], dtype=torch.long)
    for number, (x, y, length, breadth, top, yaw) in enumerate(boxes, start=1):
        dx, dy = xy[..., 0] - x, xy[..., 1] - y
        along, across = dx * math.cos(yaw) + dy * math.sin(yaw), dy * math.cos(yaw) - dx * math.sin(yaw)
        seen = (along.abs() <= length / 2) & (across.abs() <= breadth / 2) & (height < top)
        height[seen], ids[seen] = top, number
    return height, ids


def random_boxes(generator: torch.Generator, count: int, spread: float) -> list[Box]:
    """Boxes of 2.2 to 10 cm around a random centre; some overlap in the plane, as stacked blocks do."""
    draw = torch.rand(count + 1, 6, generator=generator).tolist()
    cx, cy = (draw[count][0] - 0.5) * 0.5, (draw[count][1] - 0.5) * 0.5
    size = [0.022 + 0.078 * value for value in (0.0, 0.15, 0.4, 1.0)]
    boxes = []
    for x, y, a, b, c, yaw in draw[:count]:
        dims = (size[int(a * 4)], size[int(b * 3)], size[int(c * 3)])
        boxes.append((cx + (x - 0.5) * spread, cy + (y - 0.5) * spread, *dims, yaw * math.pi))
    return boxes


@pytest.fixture
def workspace() -> Workspace:
    """The default workspace of 1 m and 224 cells."""
    return Workspace()


@pytest.fixture
def draw(workspace: Workspace) -> Callable[..., tuple[Tensor, Tensor]]:
    """Draw lists of boxes as a batch: height (N, H, W) and ids (N, H, W)."""

    def draw_worlds(*worlds: list[Box]) -> tuple[Tensor, Tensor]:
        heights, ids = zip(*(draw_boxes(boxes, workspace) for boxes in worlds), strict=True)
        return torch.stack(heights), torch.stack(ids)

    return draw_worlds


@pytest.fixture
def draw_random(draw: Callable[..., tuple[Tensor, Tensor]]) -> Callable[[int, int], tuple[Tensor, Tensor]]:
    """Draw random clutter: height and ids of ``worlds`` scenes of 5 to 35 boxes from a seed."""

    def draw_scenes(worlds: int, seed: int) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        counts = torch.randint(5, 36, (worlds,), generator=generator).tolist()
        return draw(*(random_boxes(generator, count, 0.2 + 0.01 * count) for count in counts))

    return draw_scenes


@pytest.fixture
def box_lists() -> list[list[Box]]:
    """Thirty scenes of eight random boxes."""
    generator = torch.Generator().manual_seed(7)
    return [random_boxes(generator, 8, 0.35) for _ in range(30)]
