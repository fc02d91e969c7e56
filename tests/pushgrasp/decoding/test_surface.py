"""Map look-ups at points in and around the workspace."""

import pytest
import torch

from pushgrasp.decoding.surface import bodies, surface


def test_surface_reads_the_cells_that_workspace_names(workspace):
    maps = torch.rand(2, 224, 224, generator=torch.Generator().manual_seed(0))
    xy = torch.rand(2, 500, 2, generator=torch.Generator().manual_seed(1)) * 0.99 - 0.495
    read = surface(maps, workspace).at(torch.tensor([0, 1]), xy)
    for n in range(2):
        row, column = workspace.xy_to_cell(xy[n]).unbind(-1)
        # Points within float rounding of a border between cells may be read from either side of it.
        assert (read[n] == maps[n, row, column]).float().mean() > 0.99


def test_outside_the_workspace_is_an_empty_table(workspace):
    ones = surface(torch.ones(1, 224, 224), workspace)
    points = torch.tensor([[[0.6, 0.0, 0.02], [0.0, -0.7, -0.01], [0.0, 0.0, 0.4]]])
    assert ones.depth(torch.tensor([0]), points)[0].tolist() == pytest.approx([-0.02, 0.01, 0.6])


def test_bodies_leave_everything_but_the_mask_out(workspace):
    mask = torch.zeros(1, 224, 224, dtype=torch.bool)
    mask[:, :112] = True
    body = bodies(torch.full((1, 224, 224), 0.05), mask, workspace)
    points = torch.tensor([[[0.0, 0.2, 0.0], [0.0, -0.2, -0.01]]])
    assert (body.depth(torch.tensor([0]), points) > 0)[0].tolist() == [True, False]
