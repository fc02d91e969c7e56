"""The heuristic on scenes in which it is plain what to do."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.baselines.heuristic import Heuristic

from .conftest import Draw

BAR = (0.05, 0.0, 0.05, 0.16, 0.05)  # too long to be held by its ends
WALLS = ((-0.006, 0.0, 0.06, 0.20, 0.05), (0.106, 0.0, 0.06, 0.20, 0.05))
FIRST = torch.tensor([1])


@pytest.fixture
def heuristic(workspace: Workspace) -> Heuristic:
    return Heuristic(workspace, DecoderCfg(), num_arms=2)


def test_a_bar_that_stands_alone_is_grasped_across(heuristic: Heuristic, draw: Draw) -> None:
    decision = heuristic.decide(draw(BAR), FIRST)
    assert decision.is_grasp.tolist() == [True]
    assert decision.grasps.valid.tolist() == [True]
    assert decision.grasp_score > 0.0
    assert decision.grasps.rotation[0, 0, 0].abs() > 0.95
    assert (decision.grasps.position[0, :2] - torch.tensor([0.05, 0.0])).norm() < 0.06


def test_a_bar_between_blocks_is_freed_first(heuristic: Heuristic, draw: Draw) -> None:
    decision = heuristic.decide(draw(BAR, *WALLS), FIRST)
    assert decision.is_grasp.tolist() == [False]
    assert decision.pushes.valid.tolist() == [True]
    assert decision.push_score > 0.0
    assert decision.pushes.paths[decision.pushes.active][:, 0, 2].tolist() == pytest.approx(
        [0.012] * int(decision.pushes.active.sum())
    )


def test_the_same_push_is_not_repeated_for_ever(heuristic: Heuristic, draw: Draw) -> None:
    seen = draw(BAR, *WALLS)
    first, second = heuristic.decide(seen, FIRST), heuristic.decide(seen, FIRST)
    assert not torch.equal(first.pushes.paths, second.pushes.paths)
    heuristic.begin()
    assert torch.equal(heuristic.decide(seen, FIRST).pushes.paths, first.pushes.paths)


def test_a_grasp_that_has_failed_is_not_repeated(heuristic: Heuristic, draw: Draw) -> None:
    first, second = heuristic.decide(draw(BAR), FIRST), heuristic.decide(draw(BAR), FIRST)
    assert second.is_grasp.tolist() == [True]
    moved = (first.grasps.position - second.grasps.position).norm()
    turned = (first.grasps.rotation[0, :, 0] @ second.grasps.rotation[0, :, 0]).abs()
    assert moved >= 0.02 or turned <= 0.9


def test_another_target_begins_anew(heuristic: Heuristic, draw: Draw) -> None:
    seen = draw(BAR, (-0.2, 0.1, 0.05, 0.05, 0.05))
    first = heuristic.decide(seen, FIRST)
    other = heuristic.decide(seen, torch.tensor([2]))
    assert (other.grasps.position[0, :2] - torch.tensor([-0.2, 0.1])).norm() < 0.03
    assert torch.equal(heuristic.decide(seen, FIRST).grasps.position, first.grasps.position)


def test_a_hidden_target_is_looked_for_under_a_heap(heuristic: Heuristic, draw: Draw) -> None:
    decision = heuristic.decide(draw((0.15, 0.1, 0.12, 0.12, 0.05), (0.15, 0.1, 0.08, 0.08, 0.10)), torch.tensor([9]))
    assert decision.is_grasp.tolist() == [False]
    assert not decision.grasps.valid.any()
    assert decision.grasp_score == -torch.inf
    paths = decision.pushes.paths[decision.pushes.active]
    assert paths[..., 2].unique().tolist() == pytest.approx([0.06])
    assert (paths[..., :2] - torch.tensor([0.15, 0.1])).norm(dim=-1).min() < 0.1


HEAPS = (-0.2, 0.1, 0.12, 0.12, 0.10), (0.2, 0.0, 0.12, 0.12, 0.09)


def side(heuristic: Heuristic, draw: Draw) -> bool:
    """Whether the next push for a hidden target goes through the heap on the right."""
    pushes = heuristic.decide(draw(*HEAPS), torch.tensor([9])).pushes
    return bool(pushes.paths[pushes.active][..., 0].mean() > 0.0)


def test_a_heap_that_was_swept_gives_way_to_another(heuristic: Heuristic, draw: Draw) -> None:
    assert [side(heuristic, draw) for _ in range(3)] == [False, True, False]
    heuristic.begin()
    assert not side(heuristic, draw)


def test_what_was_swept_is_part_of_the_state(heuristic: Heuristic, draw: Draw, workspace: Workspace) -> None:
    side(heuristic, draw)
    other = Heuristic(workspace, DecoderCfg(), num_arms=2)
    other.set_state(heuristic.get_state())
    assert side(heuristic, draw) and side(other, draw)


def test_one_arm_pushes_along_one_path(workspace: Workspace, draw: Draw) -> None:
    decision = Heuristic(workspace, DecoderCfg(), num_arms=1).decide(draw(BAR, *WALLS), FIRST)
    assert decision.pushes.paths.shape[1] == 1
    assert decision.pushes.active.tolist() == [[True]]


def test_a_full_table_leaves_nothing_to_do(heuristic: Heuristic, draw: Draw) -> None:
    decision = heuristic.decide(draw((0.0, 0.0, 0.98, 0.98, 0.05)), torch.tensor([9]))
    assert decision.is_grasp.tolist() == [False]
    assert decision.pushes.valid.tolist() == [False]
    assert decision.push_score == -torch.inf
