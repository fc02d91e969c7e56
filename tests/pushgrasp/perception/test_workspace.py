"""Workspace cells against the written convention."""

import pytest
import torch

from pushgrasp.perception import Workspace


def test_corners_follow_the_convention():
    centres = Workspace().cell_centres(dtype=torch.float64)
    half = 1.0 / 224 / 2
    assert centres.shape == (224, 224, 2)
    assert centres[0, 0].tolist() == pytest.approx([-0.5 + half, 0.5 - half])  # far left
    assert centres[0, 223].tolist() == pytest.approx([0.5 - half, 0.5 - half])  # far right
    assert centres[223, 0].tolist() == pytest.approx([-0.5 + half, -0.5 + half])  # near left


def test_cells_and_points_are_inverse():
    workspace = Workspace(x_min=-0.3, x_max=0.5, y_min=0.1, y_max=0.9, cells=37)
    index = torch.arange(37)
    cells = torch.stack(torch.meshgrid(index, index, indexing="ij"), dim=-1)
    torch.testing.assert_close(workspace.xy_to_cell(workspace.cell_centres()), cells)
    torch.testing.assert_close(workspace.cell_to_xy(cells), workspace.cell_centres())


def test_points_by_hand():
    workspace = Workspace(cells=10)  # 0.1 m cells
    xy = torch.tensor([[0.0001, 0.0001], [-0.4999, 0.4999], [0.55, 0.0001], [0.0001, -0.61]])
    # row = floor((0.5 - y) / 0.1), col = floor((x + 0.5) / 0.1); outside is not clamped
    assert workspace.xy_to_cell(xy).tolist() == [[4, 5], [0, 0], [4, 10], [11, 5]]
    assert workspace.cell_to_xy(torch.tensor([4.5, 4.5])).tolist() == pytest.approx([0.0, 0.0], abs=1e-7)


def test_contains():
    workspace = Workspace()
    xy = torch.tensor([[0.5, -0.5], [0.48, 0.0], [0.0, 0.51], [float("nan"), 0.0]])
    assert workspace.contains(xy).tolist() == [True, True, False, False]
    assert workspace.contains(xy, margin=0.03).tolist() == [False, False, False, False]
    assert workspace.contains(xy, margin=-0.02).tolist() == [True, True, True, False]


@pytest.mark.parametrize(
    "limits",
    [{"x_min": 0.6}, {"x_max": 0.7}, {"y_max": float("nan")}, {"x_min": float("-inf")}, {"cells": 0}, {"cells": 2.5}],
)
def test_bad_limits_are_refused(limits):
    with pytest.raises(ValueError, match="Workspace"):
        Workspace(**limits)


def test_wrong_shapes_are_refused():
    for call in (Workspace().xy_to_cell, Workspace().cell_to_xy, Workspace().contains):
        with pytest.raises(ValueError, match=r"\(\.\.\., 2\)"):
            call(torch.zeros(4, 3))
