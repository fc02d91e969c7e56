"""Feasible pairs of a target: the grasp decoder's own verdict, and evidence that prefers jaws square to the sides."""

from __future__ import annotations

import math

import pytest
import torch

from pushgrasp.decoding.grasp import GraspDecoderCfg, decode_grasps
from pushgrasp.decoding.target_pairs import feasible_pairs
from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.grasping.data.cells import cell_points


@pytest.fixture(scope="module")
def rotations():
    return class_rotations()


def test_pairs_are_those_that_the_grasp_decoder_takes(draw, workspace, rotations):
    height, ids = draw([(0.0, 0.0, 0.05, 0.05, 0.05, 0.3), (0.055, 0.0, 0.05, 0.05, 0.06, 0.3)])
    target = ids == 1
    pairs = feasible_pairs(height[0], target[0], workspace)
    cells = cell_points(height[0], target[0].long(), workspace)
    assert set(pairs.cell.tolist()) <= set(cells.cell.tolist())
    chosen = len(cells.cell) // 2
    row, column = workspace.xy_to_cell(cells.point[chosen : chosen + 1, :2])[0]
    scores = torch.full_like(height, -torch.inf)
    scores[0, row, column] = 1.0
    here = pairs.cell == cells.cell[chosen]
    assert 0 < int(here.sum()) < 240
    for index in range(0, 360, 11):
        first = torch.nn.functional.one_hot(torch.tensor([index]), 360).to(height)
        grasp = decode_grasps(scores, first, height, target, workspace, GraspDecoderCfg(tight=False))
        taken = bool(grasp.valid) and int(grasp.class_index) == index
        mine = here & (pairs.view_angle == index)
        assert bool(mine.any()) == taken
        if taken:
            torch.testing.assert_close(pairs.position[mine][0], grasp.position[0])
            torch.testing.assert_close(pairs.width[mine][0], grasp.width[0])


def test_evidence_prefers_jaws_square_to_the_sides(draw, workspace, rotations):
    turn = 0.35
    height, ids = draw([(0.1, -0.05, 0.06, 0.06, 0.05, turn)])
    pairs = feasible_pairs(height[0], ids[0] == 1, workspace)
    closing = rotations[pairs.view_angle[pairs.evidence.argmax()], :, 0]
    heading = math.atan2(float(closing[1]), float(closing[0]))
    off = abs((heading - turn + math.pi / 4) % (math.pi / 2) - math.pi / 4)  # from the nearest side of the block
    assert off < math.radians(16.0)  # classes are 30 degrees apart
    assert abs(float(closing[2])) < math.sin(math.radians(12.0))  # the pads stand upright, as the sides do


def test_tilted_closing_axis_is_less_square(draw, workspace, rotations):
    height, ids = draw([(0.0, 0.0, 0.06, 0.06, 0.08, 0.0)])
    pairs = feasible_pairs(height[0], ids[0] == 1, workspace)
    level = rotations[pairs.view_angle, :2, 0].norm(dim=1)
    assert bool((pairs.squareness <= level + 1e-5).all())
    assert float(pairs.squareness.max()) > 0.95
    assert float(pairs.steepness.min()) >= 0.0 and float(pairs.steepness.max()) <= 3.0


def test_scores_are_those_of_the_heatmap(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.05, 0.05, 0.05, 0.0)])
    pairs = feasible_pairs(height[0], ids[0] == 1, workspace)
    heatmap = torch.arange(360 * 56 * 56, dtype=torch.float64).view(360, 56, 56)
    row, column = pairs.cell[7] // 56, pairs.cell[7] % 56
    assert pairs.scores(heatmap)[7] == heatmap[pairs.view_angle[7], row, column]
    with pytest.raises(ValueError, match=r"heatmap has shape \(360, 28, 28\)"):
        pairs.scores(heatmap[:, ::2, ::2])


def test_hidden_target_has_no_pair(draw, workspace):
    height, ids = draw([(0.0, 0.0, 0.05, 0.05, 0.05, 0.0)])
    pairs = feasible_pairs(height[0], ids[0] == 2, workspace)
    assert len(pairs.cell) == 0 and pairs.position.shape == (0, 3)
    assert pairs.evidence.shape == (0,)


def test_wrong_maps_are_refused(workspace):
    with pytest.raises(ValueError, match="height has shape"):
        feasible_pairs(torch.zeros(100, 224), torch.zeros(224, 224, dtype=torch.bool), workspace)
    with pytest.raises(ValueError, match="target_mask has dtype"):
        feasible_pairs(torch.zeros(224, 224), torch.zeros(224, 224), workspace)
