"""Decisions put together and taken apart."""

from __future__ import annotations

import torch

from pushgrasp.decoding.push import Pushes, pack
from pushgrasp.policies.baselines.decisions import joined, no_decision, push_decision, rows


def some_pushes(count: int) -> Pushes:
    active = torch.tensor([[True, False]]).repeat(count, 1)
    return pack(torch.rand(count, 2, 32, 3), torch.rand(count, 2, 32), active)


def test_pushes_become_decisions_that_score_the_less_the_more_they_cost() -> None:
    decision = push_decision(some_pushes(2), torch.tensor([0.7, 0.2]))
    assert decision.is_grasp.tolist() == decision.grasps.valid.tolist() == [False, False]
    assert decision.pushes.valid.tolist() == [True, True]
    assert torch.allclose(decision.push_score, torch.tensor([-0.7, -0.2]))
    assert decision.grasp_score.tolist() == [-torch.inf] * 2


def test_no_decision_is_to_do_nothing() -> None:
    decision = no_decision(2, 32)
    assert decision.is_grasp.shape == (1,)
    assert not bool(decision.is_grasp | decision.grasps.valid | decision.pushes.valid)
    assert decision.pushes.paths.shape == (1, 2, 32, 3)


def test_rows_of_joined_decisions_are_what_was_joined() -> None:
    pushes = some_pushes(3)
    whole = joined([push_decision(pushes, torch.tensor([0.7, 0.2, 0.5])), no_decision(2, 32)])
    assert whole.pushes.valid.tolist() == [True, True, True, False]
    assert torch.equal(rows(whole, [2, 0]).pushes.paths, pushes.paths[[2, 0]])
    assert torch.allclose(rows(whole, slice(1, 3)).push_score, torch.tensor([-0.2, -0.5]))
