"""Grasp candidates all over the target, on boxes whose best grasps are known."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.decoding.candidates import start_candidates
from pushgrasp.decoding.grasp import GraspDecoderCfg
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.baselines.grasp_candidates import (
    GraspCandidates,
    HoldCfg,
    cover_share,
    grasp_candidates,
    hold_logits,
    select,
    spread_points,
)

from .conftest import Draw

BAR = (0.1, 0.0, 0.05, 0.10, 0.05)


def test_points_lie_on_a_grid_through_the_middle() -> None:
    mask = torch.zeros(2, 20, 20, dtype=torch.bool)
    mask[1, 4:13, 6:11] = True  # middle at (8, 8)
    world, cells = spread_points(mask, spacing=4, count=9)
    assert world.tolist() == [1, 1, 1]
    assert cells.tolist() == [[8, 8], [4, 8], [12, 8]]
    assert spread_points(mask, spacing=4, count=1)[1].tolist() == [[8, 8]]
    assert len(spread_points(mask[:1], spacing=4, count=9)[1]) == 0


def test_a_bar_is_held_across_all_along_its_length(draw: Draw, workspace: Workspace) -> None:
    seen = draw(BAR)
    found = grasp_candidates(seen.height, seen.ids == 1, workspace, GraspDecoderCfg())
    upright = (found.tilt < 0.3) & (found.poses.rotation[:, 0, 0].abs() > 0.98)
    assert upright.any()
    # 5 cm and 1 cm on either side, to a cell or two; a closing axis turned by 11 degrees adds the pads' breadth
    assert found.poses.width[upright].numpy() == pytest.approx(0.07, abs=0.012)
    assert (found.facing[upright] > 0.9).all()
    assert (found.steepness[upright] > 2.0).all()
    y = found.poses.position[upright, 1]
    assert y.max() - y.min() > 0.03  # not in the middle only
    assert found.offset[upright].max() == pytest.approx(float(y.abs().max()), abs=0.01)


def test_angles_are_those_of_the_rotation(draw: Draw, workspace: Workspace) -> None:
    seen = draw(BAR)
    found = grasp_candidates(seen.height, seen.ids == 1, workspace, GraspDecoderCfg())
    down = torch.tensor([0.0, 0.0, -1.0])
    assert torch.allclose(found.tilt.cos(), found.poses.rotation[:, :, 2] @ down, atol=1e-5)
    assert torch.allclose(found.lean.sin(), (found.poses.rotation[:, :, 0] @ down).abs(), atol=1e-5)


def test_nothing_where_the_target_is_not_seen(draw: Draw, workspace: Workspace) -> None:
    seen = draw(BAR)
    assert len(grasp_candidates(seen.height, seen.ids == 7, workspace, GraspDecoderCfg()).class_index) == 0


def test_nothing_between_blocks_that_leave_no_room(draw: Draw, workspace: Workspace) -> None:
    walls = [(0.1 + dx, dy, 0.06, 0.20, 0.08) for dx, dy in ((-0.056, 0.0), (0.056, 0.0))]
    walls += [(0.1, dy, 0.06, 0.06, 0.08) for dy in (-0.081, 0.081)]
    seen = draw(BAR, *walls)
    assert len(grasp_candidates(seen.height, seen.ids == 1, workspace, GraspDecoderCfg()).class_index) == 0


def test_cover_is_what_stands_higher_beside_the_target() -> None:
    height, mask = torch.zeros(3, 40, 40), torch.zeros(3, 40, 40, dtype=torch.bool)
    mask[:, 10:30, 10:30] = True
    height[mask] = 0.05
    height[1, :, 30:] = 0.10  # one of four sides
    height[2, :, 30:] = 0.055  # hardly higher
    share = cover_share(height, mask, resolution=0.005)
    assert share[0] == 0.0 and share[2] == 0.0
    assert share[1] == pytest.approx(0.25, abs=0.03)


FIELDS = ("facing", "steepness", "tilt", "lean", "offset", "cover")


def candidates(*rows: tuple[float, ...], depth: float = 0.02) -> GraspCandidates:
    """Grasps at x = 0, 1, 2 ... cm with figures in the order of :data:`FIELDS`."""
    number = torch.arange(len(rows))
    anchor = torch.stack((0.01 * number, torch.zeros(len(rows)), torch.zeros(len(rows))), dim=1)
    poses = start_candidates(torch.zeros_like(number), anchor, torch.eye(3).repeat(len(rows), 1, 1))
    poses.depth[:] = depth
    columns = torch.tensor(rows).unbind(dim=1)
    return GraspCandidates(poses=poses, class_index=10 + number, **dict(zip(FIELDS, columns, strict=True)))


def test_odds_are_the_weighted_sum() -> None:
    found = hold_logits(candidates((0.5, 1.0, 0.2, 0.1, 9.0, 0.3)), HoldCfg())
    # -3.3 + 2.6 * 0.125 + 1.1 + 62 * 0.02 - 1.5 * 0.2 - 1.9 * 0.1 - 2.5 * 0.3
    assert found.tolist() == pytest.approx([-1.875])


def test_figures_beyond_what_matters_do_not_count() -> None:
    plain = (1.0, 1.5, 0.0, 0.0, 0.0, 0.5)
    found = hold_logits(candidates(plain, (1.0, 7.0, 0.0, 0.0, 0.0, 0.9), (-0.8, 1.5, 0.0, 0.0, 0.0, 0.5)), HoldCfg())
    assert found[1] == found[0]
    assert found[2] == pytest.approx(float(found[0]) - 2.6)


def test_a_square_grasp_from_above_is_likelier_than_not() -> None:
    square, cut = (1.0, 3.0, 0.1, 0.0, 0.0, 0.0), (0.6, 1.0, 0.9, 0.3, 0.0, 0.3)
    good, bad = hold_logits(candidates(square, cut), HoldCfg())
    assert good > 0.0 > bad


def test_one_is_selected_with_all_its_figures() -> None:
    one = select(candidates((0.1,) * 6, (0.2,) * 6), 1)
    assert one.class_index.tolist() == [11]
    assert one.poses.anchor[0, 0] == pytest.approx(0.01)
    assert one.cover.tolist() == pytest.approx([0.2])
