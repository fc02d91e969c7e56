"""Key points shared out to two arms."""

import pytest
import torch

from pushgrasp.decoding.lanes import share_out


def test_lanes_end_at_the_strip(workspace):
    points = torch.tensor([[[-0.1, 0.0], [0.2, 0.0], [0.1, 0.1]]])
    lanes = share_out(points, torch.tensor([[3.0, 2.0, 1.0]]), torch.tensor([[0.05, 0.0]]), 2, workspace, 0.025, 0.15)
    assert lanes.member[0].tolist() == [[True, False, False], [False, True, True], [True, True, True]]
    assert lanes.high[0, 0, 0] == pytest.approx(0.05 - 0.075) and lanes.low[0, 1, 0] == pytest.approx(0.05 + 0.075)
    assert lanes.low[0, 2].tolist() == pytest.approx([-0.475, -0.475])


def test_no_side_lanes_without_points_or_room(workspace):
    points = torch.tensor([[[0.1, 0.0], [0.2, 0.0]], [[-0.46, 0.0], [-0.40, 0.0]]])
    scores, centre = torch.tensor([[2.0, 1.0]]).expand(2, 2), torch.tensor([[0.0, 0.0], [-0.44, 0.0]])
    lanes = share_out(points, scores, centre, 2, workspace, 0.025, 0.15)
    assert not lanes.member[:, :2].any() and lanes.member[:, 2].all()
