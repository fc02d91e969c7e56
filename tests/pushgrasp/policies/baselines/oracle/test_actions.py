"""True grasps and pushes as actions."""

from __future__ import annotations

import torch

from pushgrasp.decoding.push import pack
from pushgrasp.interface.action import Kind
from pushgrasp.policies.baselines.oracle.actions import grasp_actions, push_actions
from pushgrasp.policies.baselines.oracle.grasps import TrueGrasps

DOWN = torch.diag(torch.tensor([1.0, -1.0, -1.0]))


class RightArm:
    """Two arms, of which the right one takes everything."""

    num_arms = 2

    def choose_arm(self, position: torch.Tensor, rotation: torch.Tensor) -> torch.Tensor:
        return torch.ones(len(position), dtype=torch.long)


def test_grasps_score_the_less_the_more_they_cost() -> None:
    costs = torch.tensor([0.1, 0.3])
    grasps = TrueGrasps(torch.rand(2, 3), DOWN.repeat(2, 1, 1), torch.tensor([0.05, 0.06]), torch.zeros(2), costs)
    action = grasp_actions(grasps, RightArm(), 32)
    assert action.kind.tolist() == [[Kind.NONE, Kind.GRASP]] * 2 and action.planned.all()
    assert torch.allclose(action.score[:, Kind.GRASP], -costs)
    assert action.score[:, Kind.PUSH].tolist() == [-torch.inf] * 2
    assert torch.equal(action.position[:, 1], grasps.position) and torch.equal(action.width[:, 1], grasps.width)
    assert action.path.shape == (2, 2, 32, 3)


def test_pushes_score_the_less_the_more_they_cost() -> None:
    pushes = pack(torch.rand(2, 2, 32, 3), torch.rand(2, 2, 32), torch.tensor([[True, False]]).repeat(2, 1))
    action = push_actions(pushes, torch.tensor([0.7, 0.2]))
    assert action.kind.tolist() == [[Kind.PUSH, Kind.NONE]] * 2 and action.planned.all()
    assert torch.allclose(action.score[:, Kind.PUSH], torch.tensor([-0.7, -0.2]))
    assert action.score[:, Kind.GRASP].tolist() == [-torch.inf] * 2
    assert torch.equal(action.path, pushes.paths)
