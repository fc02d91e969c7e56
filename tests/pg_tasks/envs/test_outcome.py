"""What counts as lifted, lost, grasped and failed."""

from __future__ import annotations

import torch

from pg_tasks.envs.outcome import Outcome, lifted_slots, lost_slots

YES, NO = True, False


def test_lifted_is_five_centimetres_higher() -> None:
    before = torch.tensor([[0.025, 0.025, 0.100, 0.025]])
    at_top = torch.tensor([[0.076, 0.074, 0.149, 0.200]])  # 51, 49, 49 and 175 mm
    active = torch.tensor([[YES, YES, YES, NO]])
    assert lifted_slots(before, at_top, active).tolist() == [[YES, NO, NO, NO]]


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


def test_grasped_and_failed_grasp() -> None:
    # worlds: grasp succeeded, grasp failed, push succeeded, push failed
    nothing = torch.zeros(4, dtype=torch.bool)
    outcome = Outcome(
        is_grasp=torch.tensor([YES, YES, NO, NO]),
        executed=~nothing,
        success=torch.tensor([YES, NO, YES, NO]),
        wrong_lifted=nothing,
        lost=nothing.long(),
        target_lost=nothing,
        fault=nothing,
    )
    assert outcome.grasped.tolist() == [YES, NO, NO, NO]
    assert outcome.failed_grasp.tolist() == [NO, YES, NO, NO]
