"""What counts as lifted, lost, grasped and failed."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.interface.action import Kind
from pushgrasp.interface.outcome import (
    Outcome,
    lifted_slots,
    lost_slots,
    moved_slots,
    push_succeeded,
    wrongly_lifted,
)

YES, NO = True, False


def test_lifted_is_five_centimetres_higher() -> None:
    before, at_top = torch.zeros(1, 4, 3), torch.zeros(1, 1, 4, 3)
    before[0, :, 2] = torch.tensor([0.025, 0.025, 0.100, 0.025])
    at_top[0, 0, :, 2] = torch.tensor([0.076, 0.074, 0.149, 0.200])  # 51, 49, 49 and 175 mm
    active, arm = torch.tensor([[YES, YES, YES, NO]]), torch.tensor([[YES]])
    assert lifted_slots(before, at_top, torch.zeros(1, 1, 1, 3), arm, arm, active).tolist() == [[[YES, NO, NO, NO]]]


def test_each_arm_has_what_it_holds() -> None:
    # Slot 0 is lifted by the left arm at x = -0.2, slot 1 by the right one at x = 0.2, which has ended its lift later:
    # when the left one is judged, the right one has its object 3 cm up.
    before, at_top = torch.zeros(3, 2, 3), torch.zeros(3, 2, 2, 3)
    before[..., 0] = torch.tensor([-0.2, 0.2])
    at_top[..., 0] = torch.tensor([-0.2, 0.2])
    at_top[..., 2] = torch.tensor([[0.15, 0.03], [0.15, 0.15]])
    tcp = torch.zeros(3, 2, 2, 3)
    tcp[..., 0] = torch.tensor([-0.2, 0.2])
    active = torch.ones(3, 2, dtype=torch.bool)
    holds = torch.tensor([[YES, YES], [YES, YES], [NO, YES]])
    # World 0: both were meant to. 1: all that is lifted counts for the left arm. 2: the right arm did it instead.
    picks = torch.tensor([[YES, YES], [YES, NO], [YES, NO]])
    expected = [[[YES, NO], [NO, YES]], [[YES, YES], [NO, NO]], [[YES, YES], [NO, NO]]]
    assert lifted_slots(before, at_top, tcp, holds, picks, active).tolist() == expected


def test_one_object_beside_the_target_is_right_while_both_arms_grasp() -> None:
    lifted = torch.zeros(4, 2, 3, dtype=torch.bool)
    lifted[:3, 0, 0] = True  # the target, slot 0, in three worlds
    lifted[0, 1, 1] = lifted[1, 0, 1] = lifted[2, 1, [1, 2]] = lifted[3, 0, 1] = True
    grasps = torch.tensor([[YES, YES], [YES, NO], [YES, YES], [YES, NO]])
    target = torch.tensor([[YES, NO, NO]]).expand(4, -1)
    assert wrongly_lifted(lifted, grasps, target).tolist() == [NO, YES, YES, YES]


def test_any_object_is_right_where_all_are_to_be_taken_but_one_for_each_arm_that_grasps() -> None:
    lifted = torch.zeros(4, 2, 3, dtype=torch.bool)
    lifted[0, 0, 2] = lifted[1, 0, 0] = lifted[1, 1, 1] = lifted[2, 0, 1] = lifted[2, 0, 2] = True
    grasps = torch.tensor([[YES, NO], [YES, YES], [YES, NO], [YES, NO]])
    assert wrongly_lifted(lifted, grasps, torch.ones(4, 3, dtype=torch.bool)).tolist() == [NO, NO, YES, NO]


def test_lost_is_over_the_edge_or_under_the_table() -> None:
    position = torch.tensor(
        [
            [0.0, 0.0, 0.02],
            [0.501, 0.0, 0.02],
            [0.0, -0.501, 0.02],
            [0.499, -0.499, 0.02],
            [0.0, 0.0, -0.011],
            [0.0, 0.0, -0.75],  # parked
        ]
    )
    active = torch.tensor([[YES, YES, YES, YES, YES, NO]])
    assert lost_slots(position[None], active).tolist() == [[NO, YES, YES, NO, YES, NO]]
    near = torch.tensor([[[0.0, 0.465, 0.02], [0.0, 0.475, 0.02]]])
    assert lost_slots(near, torch.tensor([[YES, YES]]), margin=0.03).tolist() == [[NO, YES]]


def test_what_arms_did_in_each_world() -> None:
    # worlds: grasp succeeded, grasp failed, push succeeded, push failed
    nothing = torch.zeros(4, dtype=torch.bool)
    slots = nothing[:, None].expand(-1, 3)
    outcome = Outcome(
        kind=torch.tensor([[1, 0], [0, 1], [2, 2], [0, 2]]),
        executed=~nothing,
        success=torch.tensor([YES, NO, YES, NO]),
        wrong_lifted=nothing,
        target_lost=nothing,
        fault=nothing,
        lifted=torch.tensor([[[YES, NO, NO], [NO, NO, NO]]] * 2 + [[[YES, NO, NO], [NO, YES, NO]]] * 2),
        moved=slots,
        lost=torch.tensor([[NO, NO, NO], [YES, NO, YES], [NO, NO, NO], [NO, YES, NO]]),
    )
    assert outcome.is_grasp.tolist() == [YES, YES, NO, NO]
    assert outcome.grasped.tolist() == [YES, NO, NO, NO]
    assert outcome.does(Kind.PUSH).tolist() == [NO, NO, YES, YES]
    assert outcome.num_lost.tolist() == [0, 2, 0, 1]
    assert outcome.taken.tolist() == [[YES, NO, NO], [NO, NO, NO], [NO, NO, NO], [NO, NO, NO]]


def test_moved_slots_lie_more_than_two_millimetres_away() -> None:
    before = torch.zeros(1, 3, 3)
    after = torch.tensor([[[0.0, 0.0, 0.0019], [0.0015, 0.0015, 0.0], [0.5, 0.0, 0.0]]])  # 1.9 mm, 2.1 mm, not active
    assert moved_slots(before, after, torch.tensor([[YES, YES, NO]])).tolist() == [[NO, YES, NO]]


def test_push_succeeded() -> None:
    #                rises    rises too little  falls   came into view  went out of view  never seen
    before = torch.tensor([0.2, 0.5, 0.9, 0.0, 0.3, 0.0])
    after = torch.tensor([0.3, 0.59, 0.1, 0.05, 0.0, 0.0])
    seen_before = torch.tensor([True, True, True, False, True, False])
    seen_after = torch.tensor([True, True, True, True, False, False])
    assert push_succeeded(before, after, seen_before, seen_after, 0.1).tolist() == [
        True,
        False,
        False,
        True,
        False,
        False,
    ]


def test_push_succeeded_refuses_bad_input() -> None:
    rate, seen = torch.tensor([0.5]), torch.tensor([True])
    with pytest.raises(ValueError, match="after"):
        push_succeeded(rate, rate * torch.nan, seen, seen, 0.1)
    with pytest.raises(ValueError, match="threshold"):
        push_succeeded(rate, rate, seen, seen, 0.0)
    with pytest.raises(ValueError, match="visible_after"):
        push_succeeded(rate, rate, seen, seen.float(), 0.1)
