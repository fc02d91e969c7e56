"""Instants laid over a trajectory."""

import torch

from pushgrasp.motion.arm.knots import lay_knots
from pushgrasp.motion.timing import progress_at
from pushgrasp.motion.trajectory import Phase

from .conftest import straight_pushes, top_down_grasps


def test_instants_cover_every_leg_evenly_and_no_further_apart_than_asked() -> None:
    plan = top_down_grasps([(-0.3, 0.1, 0.03), (0.3, -0.2, 0.05)])
    knots = lay_knots(plan, 0.03)
    assert float(knots.times.diff(dim=-1).max()) <= 0.03 + 1e-6
    torch.testing.assert_close(knots.times[..., -1].amax(dim=1).float(), plan.duration)
    for world in range(2):
        arm = int(plan.working[world].long().argmax())
        ends = plan.leg_ends[world, arm].double()
        assert all(float((knots.times[world, arm] - end).abs().min()) < 1e-6 for end in ends)
    step = knots.times.diff(dim=-1)
    even = knots.inner[..., 1:-1]
    torch.testing.assert_close(step[..., 1:][even], step[..., :-1][even], atol=1e-9, rtol=0.0)


def test_arms_are_away_from_home_from_the_first_pose_over_the_table_to_the_last() -> None:
    plan = top_down_grasps([(-0.3, 0.1, 0.03)])
    knots = lay_knots(plan, 0.02)
    # Waypoints: home, gate, over, standoff, ...; over is reached first, and left last when the phase turns HOME.
    arrive = float(plan.times[0, 0, 2])
    depart = float(plan.times[0, 0][plan.phases[0, 0] == Phase.RETREAT].max())
    times, away, held = knots.times[0, 0], knots.away[0, 0], knots.task_times[0, 0]
    on_task = (times >= arrive - 1e-9) & (times <= depart + 1e-9)
    assert torch.equal(away == 1.0, on_task)
    assert (away[0], away[-1]) == (0.0, 0.0)
    going = times < arrive
    torch.testing.assert_close(away[going], progress_at(times[going] / arrive))
    assert (held >= arrive).all()
    assert (held <= depart).all()


def test_idle_grippers_and_worlds_do_not_move() -> None:
    plan = top_down_grasps([(-0.3, 0.1, 0.03), (0.9, 0.0, 0.03)])
    knots = lay_knots(plan, 0.05)
    assert knots.active.tolist() == [[True, False], [False, False]]
    assert knots.away[1].max() == 0.0
    assert knots.times[1].max() == 0.0


def test_grippers_are_in_step_where_their_legs_are() -> None:
    plan = straight_pushes([[(-0.3, 0.1), (0.3, 0.1)]] * 2, [[(-0.1, 0.1), (0.1, 0.1)]] * 2)
    plan.leg_ends[1, 1, 5:] += 0.1
    knots = lay_knots(plan, 0.05)
    assert knots.in_step.tolist() == [True, False]
    assert torch.equal(knots.times[0, 0], knots.times[0, 1])
    assert not lay_knots(top_down_grasps([(-0.3, 0.1, 0.03)]), 0.05).in_step.any()
