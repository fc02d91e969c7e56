"""Actions planned as a whole: what each world does, and what cannot be planned."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.interface.action import Action, Kind, grasp_action, push_action
from pushgrasp.motion.arms import home_poses
from pushgrasp.motion.plan import plan_action
from pushgrasp.motion.trajectory import Phase, Trajectory

from .conftest import GEOMETRY, LIMITS


def planned(action: Action) -> Trajectory:
    return plan_action(*home_poses(2, LIMITS), action, GEOMETRY, LIMITS)


def mixed() -> Action:
    """A grasp of the right arm, a push of the left one, nothing."""
    down = torch.diag(torch.tensor([1.0, -1.0, -1.0]))[None]
    yes = torch.tensor([True])
    place, width = torch.tensor([[0.15, 0.0, 0.05]]), torch.tensor([0.06])
    grasp = grasp_action(place, down, width, torch.tensor([1]), yes, 2, 3)
    path = torch.tensor([[-0.2, 0.0, 0.012], [-0.15, 0.0, 0.012], [-0.1, 0.0, 0.012]])
    push = push_action(path.expand(1, 2, 3, 3), torch.zeros(1, 2, 3), torch.tensor([[True, False]]))
    return torch.cat([grasp, push, Action.none(1, 2, 3)])


def test_each_world_does_its_own() -> None:
    plan = planned(mixed())
    assert plan.reachable.all()
    assert (plan.times[..., -1] > 0.0).tolist() == [[False, True], [True, False], [False, False]]
    closing = plan.phase_end(Phase.CLOSE)[0, 1]
    at_grasp = plan.sample(torch.full((3,), float(closing)))
    torch.testing.assert_close(at_grasp.position[0, 1], torch.tensor([0.15, 0.0, 0.05]), atol=1e-5, rtol=0.0)
    assert bool((plan.phases[1, 0] == Phase.PUSH).any()) and not bool((plan.phases[0] == Phase.PUSH).any())


def test_what_cannot_be_planned_is_named() -> None:
    action = mixed()
    action.kind[0, 0], action.valid[0, 0] = int(Kind.PUSH), True
    with pytest.raises(ValueError, match="an arm grasps while the other one has a motion"):
        planned(action)
    action = mixed()
    action.kind[1, 0] = 7
    with pytest.raises(ValueError, match=r"kinds \[0, 1, 7\]; kinds: 0 \(NONE\), 1 \(GRASP\), 2 \(PUSH\)"):
        planned(action)
    with pytest.raises(ValueError, match="the action is for 1 arms; there are 2"):
        planned(Action.none(3, 1, 3))
