"""Key points: peaks of known maps inside known regions."""

import pytest
import torch

from pushgrasp.decoding.keypoints import key_points, local_maxima, push_disc, push_region, share_out


def test_peaks_come_by_falling_score_and_neighbours_are_suppressed():
    f_map = torch.zeros(1, 40, 40)
    f_map[0, 5, 5], f_map[0, 5, 7], f_map[0, 20, 30], f_map[0, 39, 39] = 3.0, 2.0, 5.0, 1.0
    region = f_map > 0
    cells, scores = key_points(f_map, region, 4, window=9)
    assert cells[0, :3].tolist() == [[20, 30], [5, 5], [39, 39]]  # (5, 7) lies within 4 cells of (5, 5)
    assert scores[0].tolist() == [5.0, 3.0, 1.0, -torch.inf]


def test_a_slope_has_one_peak_and_the_region_limits_it():
    f_map = torch.arange(40.0).expand(1, 40, 40) + torch.arange(40.0)[:, None]
    region = torch.zeros(1, 40, 40, dtype=torch.bool)
    region[0, 10:20, 10:20] = True
    cells, scores = key_points(f_map, region, 3, window=9)
    assert cells[0, 0].tolist() == [19, 19] and scores[0, 0] == 38.0
    assert (scores[0, 1:] == -torch.inf).all()


def test_a_plateau_gives_spread_points_in_row_major_order():
    cells, scores = key_points(torch.ones(1, 30, 30), torch.ones(1, 30, 30, dtype=torch.bool), 3, window=9)
    assert cells[0].tolist() == [[0, 0], [0, 5], [0, 10]] and (scores == 1.0).all()


def test_local_maxima_skip_forbidden_cells():
    scores = torch.full((1, 9, 9), -torch.inf)
    scores[0, 4, 4] = -2.0
    assert local_maxima(scores, 5).nonzero().tolist() == [[0, 4, 4]]


def test_disc_is_the_contour_radius_plus_reach(draw, workspace):
    _, ids = draw([(0.1, 0.2, 0.06, 0.06, 0.05, 0.0)])
    centre, disc = push_disc(torch.zeros(1, 224, 224), ids == 1, ids > 0, workspace.resolution, 0.06, 0.08)
    assert torch.allclose(workspace.cell_to_xy(centre), torch.tensor([[0.1, 0.2]]), atol=0.0025)
    # Half the diagonal of 6 cm x 6 cm is 42.4 mm: the disc has 102.4 mm, less up to a cell.
    radius = (disc.sum() / torch.pi).sqrt() * workspace.resolution
    assert 0.097 < radius < 0.104


def test_disc_of_an_unseen_target_is_at_the_best_object_cell(draw, workspace):
    _, ids = draw([(-0.2, 0.2, 0.05, 0.05, 0.05, 0.0)])
    f_map = torch.zeros(1, 224, 224)
    best = workspace.xy_to_cell(torch.tensor([-0.19, 0.21]))
    f_map[0, best[0], best[1]], f_map[0, 200, 200] = 1.0, 9.0
    centre, disc = push_disc(f_map, ids == 7, ids > 0, workspace.resolution, 0.06, 0.08)
    assert centre[0].tolist() == best.tolist()
    assert abs(float((disc.sum() / torch.pi).sqrt()) * workspace.resolution - 0.08) < 0.002


def test_region_is_near_objects_and_off_the_rim(draw, workspace):
    _, ids = draw([(0.47, 0.0, 0.04, 0.04, 0.05, 0.0)])
    disc = torch.ones(1, 224, 224, dtype=torch.bool)
    xy = workspace.cell_centres()[push_region(disc, ids > 0, workspace, 0.02, 0.025)[0]]
    # The box spans 0.45..0.49; 2 cm around it, known to a cell on either count, but no farther than 0.475.
    assert 0.43 - 0.0045 < xy[:, 0].min() < 0.43 + 0.009 and xy[:, 0].max() <= 0.475
    assert xy[:, 1].abs().max() <= 0.04 + 0.0045


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
