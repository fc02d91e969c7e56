"""What has been tried in vain is left out until the episode ends, or something has helped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch

from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.interface.action import Action, Kind, grasp_action, push_action
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import Observation
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.failed_grasps import FailedGrasps
from pushgrasp.policies.pg4da.spatial import choices
from pushgrasp.policies.pg4da.spatial.grasps import grasp_choices
from pushgrasp.policies.pg4da.spatial.memory import Memory, TriedStrokes
from pushgrasp.policies.pg4da.spatial.strokes import StrokeChoices

from .scenes import TARGET, blocks


def test_choices_like_a_failed_grasp_are_left_out() -> None:
    scene, failed = blocks((104, 104)), FailedGrasps.none(1)
    before = grasp_choices(scene, TARGET, Workspace(), DecoderCfg()).evidence
    middle = torch.tensor([[-0.018, 0.0, 0.03]])  # of the block, nearly
    failed.add(middle, torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([True]))
    after = grasp_choices(scene, TARGET, Workspace(), DecoderCfg(), failed).evidence
    gone = (before[0, ..., 0] > 0.5) & (after[0, ..., 0] < 0.5)
    assert gone.any() and not after[0][gone].any()
    closing = class_rotations()[:, :, 0].float().expand(9, -1, -1)[gone]
    assert float(closing[:, 0].abs().min()) > 0.9
    assert torch.equal(after[0][~gone], before[0][~gone]) and bool((after[0, ..., 0] > 0.5).any())


def test_strokes_that_did_not_help_are_left_out_until_one_helps() -> None:
    tried, strokes = TriedStrokes.none(2), torch.ones(2, 42, 3)
    tried.add(torch.tensor([5, 7]), torch.tensor([True, False]), torch.tensor([False, False]))
    tried.add(torch.tensor([6, 300]), torch.tensor([True, True]), torch.tensor([False, False]))
    left = tried.left(strokes)
    assert (left == 0.0).all(dim=2).nonzero().tolist() == [[0, 5], [0, 6], [1, 41]]
    tried.add(torch.tensor([9, 9]), torch.tensor([False, False]), torch.tensor([True, False]))
    assert (tried.left(strokes) == 0.0).all(dim=2).nonzero().tolist() == [[1, 41]]
    tried.forget(torch.tensor([1]))
    assert torch.equal(tried.left(strokes), strokes)


def test_the_last_strokes_are_offered_again() -> None:
    tried, strokes = TriedStrokes.none(1), torch.zeros(1, 42, 3)
    strokes[0, 5] = 1.0
    tried.add(torch.tensor([5]), torch.tensor([True]), torch.tensor([False]))
    assert torch.equal(tried.left(strokes), strokes)


def outcome_of(action: Action, *success: bool) -> Outcome:
    no, slots = torch.zeros(len(success), dtype=torch.bool), torch.zeros(len(success), 2, dtype=torch.bool)
    lifted = slots[:, None].expand(-1, action.kind.shape[1], -1)
    return Outcome(action.kind, ~no, torch.tensor(success), no, no, no, lifted, slots, slots)


def known(memory: Memory, world: int, x: float) -> bool:
    """Whether a grasp at (x, 0, 0.03) that closes along x has failed."""
    grasp = torch.tensor([[x, 0.0, 0.03]]), torch.tensor([[1.0, 0.0, 0.0]])
    return bool(memory.grasps.alike(torch.tensor([world]), *grasp, 0.025, 0.9).any())


def test_memory_learns_of_failures_alone() -> None:
    memory, rotation = Memory.empty(3), torch.diag(torch.tensor([1.0, -1.0, -1.0])).repeat(3, 1, 1)
    position, yes = torch.tensor([[0.1, 0.0, 0.03]] * 3), torch.ones(3, dtype=torch.bool)
    grasp = grasp_action(position, rotation, torch.full((3,), 0.06), torch.tensor([0, 1, 0]), yes, 2, 4)
    memory.learn_of(grasp, outcome_of(grasp, False, False, True), torch.tensor([-7, -7, -7]))
    assert [known(memory, world, 0.1) for world in range(3)] == [True, True, False]
    assert not memory.strokes.numbers.any()
    push = push_action(torch.zeros(3, 2, 4, 3), torch.zeros(3, 2, 4), yes[:, None].expand(-1, 2))
    memory.learn_of(push, outcome_of(push, False, True, False), torch.tensor([5, 6, 7]))
    assert memory.strokes.numbers.nonzero().tolist() == [[0, 5], [2, 7]]
    memory.learn_of(push, outcome_of(push, False, False, False))  # somebody else's pushes have no numbers
    assert memory.strokes.numbers.nonzero().tolist() == [[0, 5], [2, 7]]
    assert push.does(Kind.PUSH).all()
    memory.forget(torch.tensor([0]))
    assert not known(memory, 0, 0.1) and memory.strokes.numbers.nonzero().tolist() == [[2, 7]]


def test_pushes_that_were_carried_out_are_remembered_as_sweeps() -> None:
    memory, path = Memory.empty(3), torch.zeros(3, 2, 4, 3)
    push = push_action(path, path[..., 0], torch.tensor([[True, False]] * 3))
    executed = torch.tensor([True, False, True])
    memory.learn_of(push, replace(outcome_of(push, True, True, True), executed=executed))
    memory.forget(torch.tensor([2]))
    middle = memory.swept.times(Workspace(), torch.arange(3))[:, 112, 112]
    assert middle.tolist() == [1.0, 0.0, 0.0]


def test_of_two_grasps_at_once_the_one_that_lifted_nothing_has_failed() -> None:
    position = torch.tensor([[-0.2, 0.0, 0.03], [0.2, 0.0, 0.03]])
    action = Action.none(1, 2, 32)
    action.kind[:], action.position[0] = int(Kind.GRASP), position
    lifted = torch.tensor([[[False, False], [False, True]]])
    yes, slots = torch.ones(1, dtype=torch.bool), torch.zeros(1, 2, dtype=torch.bool)
    memory = Memory.empty(1)
    memory.learn_of(action, Outcome(action.kind, yes, ~yes, ~yes, ~yes, ~yes, lifted, slots, slots))
    assert known(memory, 0, -0.2) and not known(memory, 0, 0.2)


def test_a_target_with_something_on_it_is_not_grasped_before_a_push() -> None:
    memory, rotation = Memory.empty(2), torch.diag(torch.tensor([1.0, -1.0, -1.0])).repeat(2, 1, 1)
    yes = torch.ones(2, dtype=torch.bool)
    grasp = grasp_action(torch.zeros(2, 3), rotation, torch.full((2,), 0.06), torch.zeros(2).long(), yes, 2, 4)
    wrong = replace(outcome_of(grasp, False, False), wrong_lifted=torch.tensor([True, False]))
    seen = []
    for _ in range(2):
        memory.learn_of(grasp, wrong)
        seen.append(memory.loaded.tolist())
    assert seen == [[False, False], [True, False]]
    push = push_action(torch.zeros(2, 2, 4, 3), torch.zeros(2, 2, 4), yes[:, None].expand(-1, 2))
    still = replace(outcome_of(push, False, False), executed=~yes)
    memory.learn_of(push, still)
    assert memory.loaded.tolist() == [True, False]
    memory.learn_of(push, outcome_of(push, False, False))
    assert not memory.loaded.any()
    for _ in range(2):
        memory.learn_of(grasp, wrong)
    memory.forget(torch.tensor([0]))
    assert not memory.loaded.any()


@pytest.mark.parametrize(("clearing", "strokes", "grasps"), [(False, True, 0), (True, True, 1), (False, False, 1)])
def test_grasps_of_a_loaded_target_are_left_out_while_there_are_strokes(
    clearing: bool, strokes: bool, grasps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not strokes:
        monkeypatch.setattr(choices, "stroke_choices", partial(no_strokes, choices.stroke_choices))
    seen = Observation(blocks((104, 104)), TARGET, Workspace(), clearing=clearing)
    memory = Memory.empty(1)
    before = choices.list_choices(seen, 2, DecoderCfg(), memory)
    memory.wrong[:] = 2
    after = choices.list_choices(seen, 2, DecoderCfg(), memory)
    assert bool((before.grasps.evidence[..., 0] > 0.5).any())
    assert bool((after.grasps.evidence[..., 0] > 0.5).any()) == bool(grasps)
    assert bool((after.grasps.looked >= 0).any()) == bool(grasps)


def no_strokes(find: Callable[..., StrokeChoices], *scene: Any) -> StrokeChoices:
    found = find(*scene)
    return StrokeChoices(found.cells, torch.zeros_like(found.evidence), found.swaths)
