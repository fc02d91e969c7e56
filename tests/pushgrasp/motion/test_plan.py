"""Actions planned as a whole: what each world does, and what cannot be planned."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from scipy.spatial.transform import Rotation

from pushgrasp.interface.action import Action, Kind, grasp_action, push_action
from pushgrasp.motion.arms import home_poses, min_separation
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
    assert bool((plan.phases[1, 0] == Phase.PUSH).any()) and not bool((plan.phases[0, 1] == Phase.PUSH).any())


def both(
    *kinds: Kind, left: tuple[float, ...] = (-0.2, 0.0, 0.03), right: tuple[float, ...] = (0.2, 0.0, 0.03)
) -> Action:
    """One world in which the arms do this at these places; pushes go 10 cm along y, moves carry 10 cm along y."""
    action = Action.none(1, 2, 3)
    action.kind, action.valid = torch.tensor([kinds]), torch.tensor([[kind != Kind.NONE for kind in kinds]])
    action.position = torch.tensor([[left, right]])
    action.width[:] = 0.08
    along = torch.tensor([0.0, 0.1, 0.0])
    action.path = action.position[:, :, None] + torch.linspace(0.0, 1.0, 3)[:, None] * along
    action.place_position = action.position + along
    return action


def alone(action: Action, arm: int) -> Trajectory:
    """The plan without what the other arm does."""
    one = action.clone()
    one.kind[:, 1 - arm], one.valid[:, 1 - arm] = int(Kind.NONE), False
    return planned(one)


@pytest.mark.parametrize("kinds", [(Kind.GRASP, Kind.PUSH), (Kind.GRASP, Kind.GRASP), (Kind.MOVE, Kind.PUSH)])
def test_arms_far_apart_take_their_own_time(kinds: tuple[Kind, Kind]) -> None:
    plan = planned(both(*kinds))
    for arm in (0, 1):
        assert torch.equal(plan.times[0, arm, -1], alone(both(*kinds), arm).times[0, arm, -1])
    assert (plan.measure_time[0] > 0.0).tolist() == [kind != Kind.PUSH for kind in kinds]


@pytest.mark.parametrize("kinds", [(Kind.GRASP, Kind.GRASP), (Kind.MOVE, Kind.GRASP), (Kind.PUSH, Kind.GRASP)])
def test_one_gripper_waits_where_they_would_meet(kinds: tuple[Kind, Kind]) -> None:
    # 10 cm apart, less than the separation of 15 cm
    action = both(*kinds, left=(-0.05, 0.0, 0.03), right=(0.05, 0.0, 0.03))
    plan = planned(action)
    assert plan.reachable.all() and plan.working.all()
    assert float(min_separation(plan, 0.005, travel_height=1.0)) > LIMITS.separation - 1e-3
    waits = [float(plan.times[0, arm, -1] - alone(action, arm).times[0, arm, -1]) for arm in (0, 1)]
    assert min(waits) == pytest.approx(0.0, abs=1e-5) and 0.5 < max(waits) < float(alone(action, 0).duration)


def test_where_one_comes_too_near_to_the_others_home_nothing_moves() -> None:
    # the home of the left gripper is at x = -0.75: 0.55 m from its grasp, 0.95 m from the other's
    far = replace(LIMITS, separation=1.0)
    action = both(Kind.GRASP, Kind.GRASP)
    plan = plan_action(*home_poses(2, far), action, GEOMETRY, far)
    assert not plan.reachable.any() and plan.duration.tolist() == [0.0]


def test_a_move_puts_down_at_its_place_and_turns_what_it_holds() -> None:
    # a third of a turn about z: a half turn of the jaws is alike for grasps, not for what they hold
    turn = torch.tensor(Rotation.from_euler("z", 120, degrees=True).as_matrix(), dtype=torch.float32)
    action = both(Kind.MOVE, Kind.NONE)
    action.place_rotation[0, 0] = turn @ action.rotation[0, 0]
    plan = planned(action)
    assert torch.unique_consecutive(plan.phases[0, 0]).tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 0]
    closed, opened = (plan.sample(plan.phase_end(phase)[:, 0]) for phase in (Phase.CLOSE, Phase.OPEN))
    place = action.place_position[0, 0] + torch.tensor([0.0, 0.0, LIMITS.place_clearance])
    torch.testing.assert_close(opened.position[0, 0], place, atol=1e-5, rtol=0.0)
    assert float(opened.width[0, 0]) == pytest.approx(0.08, abs=1e-6)
    turned = Rotation.from_quat(opened.quaternion[0, 0]) * Rotation.from_quat(closed.quaternion[0, 0]).inv()
    assert (turned * Rotation.from_matrix(turn).inv()).magnitude() < 1e-5


def test_what_is_carried_goes_over_the_clutter() -> None:
    plan = planned(both(Kind.MOVE, Kind.NONE))
    clock = torch.linspace(float(plan.measure_time[0, 0]), float(plan.phase_end(Phase.PLACE)[0, 0]), 200)
    way = plan.sample_many(clock[None]).position[0, 0]
    moving = (way[:, 1] - way[0, 1]).abs() > 1e-4
    arrived = (way[:, 1] - way[-1, 1]).abs() < 1e-4
    assert float(way[moving & ~arrived][:, 2].min()) >= LIMITS.travel_height - 1e-5


def test_what_cannot_be_planned_is_named() -> None:
    action = mixed()
    action.kind[1, 0] = 7
    with pytest.raises(ValueError, match=r"kinds \[0, 1, 7\]; kinds: 0 \(NONE\), 1 \(GRASP\), 2 \(PUSH\), 3 \(MOVE\)"):
        planned(action)
    action = both(Kind.MOVE, Kind.NONE)
    action.place_position[0, 0, 0] = 0.6
    with pytest.raises(ValueError, match=r"a place is outside the workspace: \[0\.6.* allowed: x \(-0\.48, 0\.48\)"):
        planned(action)
    action.place_position[0, 0, 0] = torch.nan
    with pytest.raises(ValueError, match=r"place_position holds NaN .* worlds \[0\]"):
        planned(action)
    with pytest.raises(ValueError, match="the action is for 1 arms; there are 2"):
        planned(Action.none(3, 1, 3))
