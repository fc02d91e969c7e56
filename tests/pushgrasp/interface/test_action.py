"""Actions as data: made, picked, joined and told apart."""

from __future__ import annotations

import torch

from pushgrasp.interface.action import Action, Kind, grasp_action, in_words, push_action

DOWN = torch.diag(torch.tensor([1.0, -1.0, -1.0]))


def grasps(*valid: bool) -> Action:
    """Grasps of the right arm at x = 0.1, 0.2, ..."""
    count = len(valid)
    position = torch.tensor([[0.1 * (number + 1), 0.0, 0.03] for number in range(count)])
    arm = torch.ones(count, dtype=torch.long)
    return grasp_action(position, DOWN.repeat(count, 1, 1), torch.full((count,), 0.06), arm, torch.tensor(valid), 2, 5)


def test_a_grasp_belongs_to_its_arm_alone() -> None:
    action = grasps(True, False)
    assert action.kind.tolist() == [[Kind.NONE, Kind.GRASP]] * 2
    assert action.valid.tolist() == [[False, True], [False, False]]
    assert action.planned.tolist() == [True, False]
    assert torch.allclose(action.position[:, 1, 0], torch.tensor([0.1, 0.2])) and not action.position[:, 0].any()
    assert torch.equal(action.rotation[0, 1], DOWN) and action.path.shape == (2, 2, 5, 3)
    assert action.arms(0, Kind.GRASP) == [1] and action.arms(1, Kind.GRASP) == action.arms(0, Kind.PUSH) == []


def test_pushes_of_no_arm_are_meant_for_the_left_one() -> None:
    action = push_action(torch.rand(3, 2, 5, 3), torch.rand(3, 2, 5), torch.tensor([[1, 1], [0, 1], [0, 0]]).bool())
    assert action.kind.tolist() == [[2, 2], [0, 2], [2, 0]]
    assert action.planned.tolist() == [True, True, False]
    assert action.does(Kind.PUSH).all() and not action.does(Kind.GRASP).any()


def test_worlds_are_picked_joined_and_replaced() -> None:
    push = push_action(torch.rand(1, 2, 5, 3), torch.rand(1, 2, 5), torch.tensor([[True, False]]))
    whole = torch.cat([grasps(True, True), push])
    assert whole.does(Kind.PUSH).tolist() == [False, False, True]
    assert torch.equal(whole[[2, 0]].path[0], push.path[0]) and whole[[2, 0]].kind.tolist() == [[2, 0], [0, 1]]
    whole[torch.tensor([0])] = push
    assert whole.kind.tolist() == [[2, 0], [0, 1], [2, 0]]
    chosen = grasps(True).where(torch.tensor([False]), push)
    assert torch.equal(chosen.path, push.path) and chosen.kind.tolist() == [[2, 0]]


def test_nothing_is_planned_and_nothing_scored() -> None:
    action = Action.none(2, 1, 5)
    assert not action.planned.any() and not action.kind.any()
    assert action.score.tolist() == [[-torch.inf] * len(Kind)] * 2


def test_what_is_drawn_of_an_action_of_two_kinds() -> None:
    action = push_action(torch.rand(1, 2, 5, 3), torch.rand(1, 2, 5), torch.tensor([[True, False]]))
    action.kind[0, 1], action.valid[0, 1] = Kind.MOVE, True
    action.position[0, 1], action.place_position[0, 1] = torch.tensor([0.1, 0.2, 0.03]), torch.tensor([0.3, 0.4, 0.05])
    action.place_rotation[0, 1] = DOWN.roll(1, dims=1)
    (pick, place), (push, move) = action.jaws(0), action.ways(0)
    assert pick[0] == 1 and torch.equal(pick[1], action.position[0, 1]) and torch.equal(pick[2], DOWN)
    assert place[0] == 1 and torch.equal(place[1], action.place_position[0, 1])
    assert torch.equal(place[2], DOWN.roll(1, dims=1))
    assert push[0] == 0 and torch.equal(push[1], action.path[0, 0])
    assert move[0] == 1 and torch.equal(move[1], torch.tensor([[0.1, 0.2, 0.03], [0.3, 0.4, 0.05]]))
    action.valid[0, 1] = False
    assert len(action.jaws(0)) == 2 and [arm for arm, _ in action.ways(0)] == [0]


def test_kinds_in_words() -> None:
    words = {("none", "none"): "none", ("push", "push"): "push", ("none", "move"): "move", (): "none"}
    words |= {("push", "grasp"): "push and grasp", ("grasp", "none", "push"): "grasp and push"}
    assert {kinds: in_words(kinds) for kinds in words} == words
