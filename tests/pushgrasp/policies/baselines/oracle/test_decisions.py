"""Decisions put together and taken apart."""

from __future__ import annotations

import torch

from pushgrasp.decoding.push import pack
from pushgrasp.policies.baselines.oracle.decisions import grasp_decision, joined, no_decision, push_decision, rows
from pushgrasp.policies.baselines.oracle.grasps import TrueGrasps

DOWN = torch.diag(torch.tensor([1.0, -1.0, -1.0]))


def test_rows_of_joined_decisions_are_what_was_joined() -> None:
    grasps = TrueGrasps(
        torch.rand(2, 3), DOWN.repeat(2, 1, 1), torch.tensor([0.05, 0.06]), torch.zeros(2), torch.tensor([0.1, 0.3])
    )
    active = torch.tensor([[True, False]])
    pushes = pack(torch.rand(1, 2, 32, 3), torch.rand(1, 2, 32), active)
    whole = joined([grasp_decision(grasps, 2, 32), push_decision(pushes, torch.tensor([0.7])), no_decision(2, 32)])
    assert whole.is_grasp.tolist() == [True, True, False, False]
    assert whole.grasps.valid.tolist() == [True, True, False, False]
    assert whole.pushes.valid.tolist() == [False, False, True, False]
    assert torch.allclose(whole.grasp_score[:2], torch.tensor([-0.1, -0.3]))
    assert torch.allclose(whole.push_score[2], torch.tensor(-0.7))
    assert torch.equal(rows(whole, [1]).grasps.position[0], grasps.position[1])
    assert torch.equal(rows(whole, slice(2, 3)).pushes.paths, pushes.paths)
