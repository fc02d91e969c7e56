"""Lines and points of the overlays, against corners and lengths worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from pg_tasks.app.viewer.shapes import ARROW_LENGTH, grasp_gripper, heightmap_points, mask_outline, push_path
from pushgrasp.perception.workspace import Workspace

BLACK = (0.0, 0.0, 0.0)
FOUR = Workspace(0.0, 4.0, -2.0, 2.0, cells=4)
"""Cells of 1 m: column c covers x in [c, c + 1], row r covers y in [1 - r, 2 - r]."""


def corners(lines: object) -> set[frozenset[tuple[float, ...]]]:
    """Segments as pairs of corners, whatever their order and direction."""
    pairs = zip(lines.starts.tolist(), lines.ends.tolist(), strict=True)
    return {frozenset((tuple(a), tuple(b))) for a, b in pairs}


def test_outline_of_one_cell_is_a_square_at_the_height_of_the_higher_side() -> None:
    mask, height = torch.zeros(4, 4, dtype=torch.bool), torch.zeros(4, 4)
    mask[1, 2], height[1, 2], height[1, 3] = True, 0.5, 0.75
    found = corners(mask_outline(mask, height, FOUR, BLACK, lift=0.0))
    near, far, low, high = 0.0, 1.0, 0.5, 0.75  # row 1: y in [0, 1]; column 2: x in [2, 3]
    assert found == {
        frozenset({(2.0, near, low), (2.0, far, low)}),
        frozenset({(3.0, near, high), (3.0, far, high)}),
        frozenset({(2.0, far, low), (3.0, far, low)}),
        frozenset({(2.0, near, low), (3.0, near, low)}),
    }


def test_outline_has_no_line_between_cells_of_the_mask() -> None:
    mask = torch.zeros(4, 4, dtype=torch.bool)
    mask[0, 0:2] = True
    lines = mask_outline(mask, torch.zeros(4, 4), FOUR, BLACK)
    assert len(lines.starts) == 6  # the border of a 2 x 1 rectangle
    assert lines.starts[:, 2] == pytest.approx(0.003)


def test_outline_at_the_border_of_the_picture_is_closed() -> None:
    lines = mask_outline(torch.ones(4, 4, dtype=torch.bool), torch.zeros(4, 4), FOUR, BLACK)
    assert len(lines.starts) == 16
    both = torch.cat((lines.starts, lines.ends))[:, :2]
    assert both.amin(dim=0).tolist() == [0.0, -2.0]
    assert both.amax(dim=0).tolist() == [4.0, 2.0]


def test_empty_mask_has_no_outline() -> None:
    assert len(mask_outline(torch.zeros(4, 4, dtype=torch.bool), torch.zeros(4, 4), FOUR, BLACK).starts) == 0


def test_push_path_is_an_arrow_with_posts_at_both_ends() -> None:
    path = torch.tensor([[0.0, 0.0, 0.01], [0.1, 0.0, 0.01], [0.2, 0.0, 0.01]])
    lines = push_path(path, 0.3, BLACK)
    found = corners(push_path(path.double().round(decimals=6), 0.3, BLACK))
    assert frozenset({(0.0, 0.0, 0.3), (0.1, 0.0, 0.3)}) in found
    assert frozenset({(0.0, 0.0, 0.3), (0.0, 0.0, 0.01)}) in found
    assert frozenset({(0.2, 0.0, 0.3), (0.2, 0.0, 0.01)}) in found
    assert len(lines.starts) == 2 + 2 + 2
    barbs = lines.ends[2:4] - lines.starts[2:4]  # point back and to both sides: cos 150 deg, +-sin 150 deg
    assert barbs[:, 0].tolist() == pytest.approx([-ARROW_LENGTH * math.sqrt(3.0) / 2.0] * 2)
    assert barbs[:, 1].tolist() == pytest.approx([0.5 * ARROW_LENGTH, -0.5 * ARROW_LENGTH])


def test_gripper_from_above_has_its_tips_at_the_jaws_and_its_stem_upwards() -> None:
    # Closing along y (columns: x axis to y, y axis to x, z axis down): a rotation with determinant 1.
    rotation = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
    assert torch.linalg.det(rotation).item() == pytest.approx(1.0)
    lines = grasp_gripper(torch.tensor([0.1, 0.2, 0.05]), rotation, 0.08, BLACK)
    tips = torch.tensor([[0.1, 0.16, 0.05], [0.1, 0.24, 0.05]])
    torch.testing.assert_close(lines.starts[:2], tips)
    torch.testing.assert_close(lines.ends[:2], tips + torch.tensor([0.0, 0.0, 0.06]))
    torch.testing.assert_close(lines.ends[3], torch.tensor([0.1, 0.2, 0.17]))


def test_heightmap_points_stand_on_the_cells_above_the_table() -> None:
    height = torch.zeros(4, 4)
    height[0, 3], height[3, 0], height[2, 2] = 0.4, 0.2, 0.001
    colours = torch.arange(48.0).view(4, 4, 3)
    points = heightmap_points(height, colours, FOUR)
    torch.testing.assert_close(points.positions, torch.tensor([[3.5, 1.5, 0.4], [0.5, -1.5, 0.2]]))
    assert points.colours.tolist() == [[9.0, 10.0, 11.0], [36.0, 37.0, 38.0]]
