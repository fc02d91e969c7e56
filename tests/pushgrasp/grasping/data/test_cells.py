"""Grid cells: what they show and where their surface is, on pictures made by hand."""

import pytest
import torch

from pushgrasp.grasping.data.cells import cell_points, object_cells
from pushgrasp.perception.workspace import Workspace


def blank():
    return torch.zeros(224, 224), torch.zeros(224, 224, dtype=torch.uint8)


def test_only_the_inner_cells_count():
    height, ids = blank()
    height[8:12, 4:8], ids[8, 4:8] = 0.05, 3  # top row of grid cell (2, 1): a rim cell, nothing inside
    assert not object_cells(height, ids).any()
    ids[9, 5] = 3
    assert object_cells(height, ids).nonzero().tolist() == [[2, 1]]


def test_low_surfaces_are_no_objects():
    height, ids = blank()
    height[:], ids[:] = 0.004, 1
    assert not object_cells(height, ids).any()


def test_point_is_the_highest_inner_cell_of_an_object():
    height, ids = blank()
    height[9:11, 5:7] = torch.tensor([[0.02, 0.03], [0.05, 0.04]])
    ids[9:11, 5:7] = torch.tensor([[7, 7], [0, 9]], dtype=torch.uint8)  # the highest shows no object
    found = cell_points(height, ids, Workspace())
    assert found.cell.tolist() == [2 * 56 + 1]
    assert found.object_id.tolist() == [9]
    # row 10, column 6: x = -0.5 + 6.5 / 224, y = 0.5 - 10.5 / 224
    torch.testing.assert_close(found.point, torch.tensor([[-0.5 + 6.5 / 224, 0.5 - 10.5 / 224, 0.04]]))


def test_maps_of_another_size():
    with pytest.raises(ValueError, match="needed"):
        object_cells(torch.zeros(200, 224), torch.zeros(200, 224))
    with pytest.raises(ValueError, match="112 cells"):
        cell_points(*blank(), Workspace(cells=112))
