"""Fixtures: heightmaps of upright boxes."""

from collections.abc import Callable

import pytest
import torch
from box_scenes import Box, draw_boxes, random_boxes
from torch import Tensor

from pushgrasp.perception.workspace import Workspace


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
