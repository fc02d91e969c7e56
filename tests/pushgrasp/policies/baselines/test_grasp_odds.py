"""Odds of grasps."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.decoding.candidates import start_candidates
from pushgrasp.policies.baselines.grasp_candidates import GraspCandidates
from pushgrasp.policies.baselines.grasp_odds import HoldCfg, TriedGrasp, hold_logits, resembles, select

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


def test_grasps_are_alike_when_place_and_axis_are() -> None:
    found = candidates(*[(0.0,) * 6] * 4)
    here, x_axis = torch.zeros(3), torch.tensor([1.0, 0.0, 0.0])
    assert resembles(found, TriedGrasp(here, x_axis), 0.025, 0.9).tolist() == [False] * 4  # they are 2 cm deep
    found.poses.depth[:] = 0.0
    assert resembles(found, TriedGrasp(here, x_axis), 0.025, 0.9).tolist() == [True, True, True, False]
    assert resembles(found, TriedGrasp(here, -x_axis), 0.015, 0.9).tolist() == [True, True, False, False]
    assert not resembles(found, TriedGrasp(here, torch.tensor([0.0, 1.0, 0.0])), 0.025, 0.9).any()


def test_one_is_selected_with_all_its_figures() -> None:
    one = select(candidates((0.1,) * 6, (0.2,) * 6), 1)
    assert one.class_index.tolist() == [11]
    assert one.poses.anchor[0, 0] == pytest.approx(0.01)
    assert one.cover.tolist() == pytest.approx([0.2])
