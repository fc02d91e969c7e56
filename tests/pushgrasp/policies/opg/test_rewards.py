"""Rewards of Ding et al., Eq. 3 to 5, worked out by hand."""

from __future__ import annotations

import torch

from pushgrasp.policies.opg.rewards import adapted, grasp_reward, push_reward


def test_grasps() -> None:
    on_target, taken = torch.tensor([False, True, True, False]), torch.tensor([False, False, True, True])
    assert grasp_reward(on_target, taken).tolist() == [0.0, 0.25, 1.0, 1.0]


def test_pushes() -> None:
    hidden = torch.tensor([0.5, 0.5, 0.5, 0.2]), torch.tensor([0.45, 0.25, 0.25, 0.6])
    q_grasp = torch.full((4,), 0.2), torch.tensor([0.3, 0.3, 0.5, 0.5])
    assert push_reward(hidden, q_grasp, torch.tensor(0.4)).tolist() == [0.0, 0.5, 1.0, 1.0]


def test_a_grasp_that_was_worth_more_before_makes_no_push_good() -> None:
    hidden, q_grasp = (torch.zeros(2), torch.zeros(2)), (torch.tensor([0.9, 0.8]), torch.tensor([0.8, 0.9]))
    assert push_reward(hidden, q_grasp, torch.tensor(0.4)).tolist() == [0.0, 1.0]


def test_threshold_follows_the_worth_of_grasps() -> None:
    threshold = torch.tensor(1.0)
    for _ in range(2):
        threshold = adapted(threshold, torch.tensor(0.5))
    torch.testing.assert_close(threshold, torch.tensor(0.95125))  # 0.95 * 0.975 + 0.05 * 0.5
