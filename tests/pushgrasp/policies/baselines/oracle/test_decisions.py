"""True grasps as decisions."""

from __future__ import annotations

import torch

from pushgrasp.policies.baselines.oracle.decisions import grasp_decision
from pushgrasp.policies.baselines.oracle.grasps import TrueGrasps

DOWN = torch.diag(torch.tensor([1.0, -1.0, -1.0]))


def test_grasps_become_decisions_that_score_the_less_the_more_they_cost() -> None:
    costs = torch.tensor([0.1, 0.3])
    grasps = TrueGrasps(torch.rand(2, 3), DOWN.repeat(2, 1, 1), torch.tensor([0.05, 0.06]), torch.zeros(2), costs)
    decision = grasp_decision(grasps, 2, 32)
    assert decision.is_grasp.tolist() == decision.grasps.valid.tolist() == [True, True]
    assert torch.allclose(decision.grasp_score, -costs)
    assert decision.push_score.tolist() == [-torch.inf] * 2
    assert torch.equal(decision.grasps.position, grasps.position)
    assert torch.equal(decision.grasps.width, grasps.width)
    assert decision.pushes.paths.shape == (2, 2, 32, 3)
    assert not bool(decision.pushes.valid.any())
