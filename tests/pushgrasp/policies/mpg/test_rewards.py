"""Rewards by the paper's equations (Li et al. 2024, Eq. 4 to 7)."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.policies.mpg.rewards import CHANGED_CELLS, grasp_reward, has_changed, move_reward, push_reward

T, F = True, False


def test_grasps_count_when_they_lift_what_they_should() -> None:
    assert grasp_reward(torch.tensor([T, F])).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("cleared", "taken", "gain", "changed", "expected"),
    [
        (T, F, 0.0, T, 1.0),  # moved successfully
        (F, F, 0.6, T, 0.5),  # still occluded, but easier to grasp
        (F, F, 0.5, T, 0.0),  # not by more than 0.5
        (F, F, 0.6, F, -0.5),  # no change detected
        (T, T, 0.6, T, -0.5),  # the target itself was carried away
    ],
)
def test_moves(cleared: bool, taken: bool, gain: float, changed: bool, expected: float) -> None:
    reward = move_reward(torch.tensor([cleared]), torch.tensor([taken]), torch.tensor([gain]), torch.tensor([changed]))
    assert reward.tolist() == [expected]


def test_pushes() -> None:
    gain, changed = torch.tensor([0.2, 0.05, 0.2, -1.0]), torch.tensor([T, T, F, T])
    assert push_reward(gain, changed).tolist() == [0.5, 0.0, -0.5, 0.0]


def test_change_counts_in_enough_cells_near_the_target() -> None:
    before, near = torch.zeros(4, 20, 20), torch.ones(4, 20, 20, dtype=torch.bool)
    after = before.clone()
    after[0].flatten()[:CHANGED_CELLS] = 0.011
    after[1].flatten()[: CHANGED_CELLS - 1] = 0.05  # too few
    after[2].flatten()[:100] = 0.009  # too little
    after[3, :10] = -0.05  # lower counts, too, but it is far away
    near[3, :10] = False
    assert has_changed(before, after, near).tolist() == [T, F, F, F]
