"""Joint trajectories for grasps and pushes: what they follow, what they keep to, what they refuse."""

import math

import numpy as np
import pytest
import torch

from pushgrasp.motion.arm.audit import audit
from pushgrasp.motion.arm.failure import Failure
from pushgrasp.motion.arm.forward import tcp_pose
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.arm.model import ArmsCfg, BasePose
from pushgrasp.motion.arm.plan import plan_joints
from pushgrasp.motion.trajectory import Phase

from ..conftest import grasp_plan
from .conftest import straight_pushes, top_down_grasps


def test_grasps_all_over_the_table_and_pushes_can_be_carried_out(grasps, pushes) -> None:
    assert grasps.reachable.all()
    assert pushes.reachable.all()
    assert (grasps.failed_waypoint == -1).all()


@pytest.mark.parametrize("name", ["grasps", "pushes"])
def test_no_limit_is_broken(name: str, arms: ArmsCfg, request: pytest.FixtureRequest) -> None:
    worst = audit(request.getfixturevalue(name), arms, 0.01)
    assert (worst.joint_margin > 0.0).all()
    assert (worst.speed <= arms.speed).all()
    assert (worst.acceleration <= 1.01 * arms.acceleration).all()
    assert (worst.arms > 0.02).all()
    assert (worst.own > 0.0).all()
    assert (worst.table > -0.001).all()
    assert (worst.position_error < 2.0e-4).all()
    assert (worst.axis_error < 1.0e-3).all()
    assert (worst.extent < 0.5).all()


def test_flange_follows_the_gripper_by_pinocchio(arm, grasps: JointTrajectory) -> None:
    # World 0: corner (-0.47, -0.47), by the left arm, whose base is at (-0.70, 0, 0.30). Flange 0.234 m over the TCP.
    clock = grasps.duration[0] * torch.linspace(0.25, 0.75, 9)
    targets = grasps.sample_many(clock.expand(len(grasps.clock), -1))
    planned = grasps.source.sample_many(grasps.at_clock(clock.expand(len(grasps.clock), -1)))
    for index in range(len(clock)):
        flange = arm.frames(targets.joints[0, 0, index].double().numpy())[-1]
        reached = flange.translation + 0.234 * flange.rotation[:, 2] + np.array([-0.70, 0.0, 0.30])
        np.testing.assert_allclose(reached, planned.position[0, 0, index], atol=2e-4)


def test_descents_and_pushes_are_straight(arms: ArmsCfg, pushes: JointTrajectory) -> None:
    clock = pushes.duration[:, None] * torch.linspace(0.0, 1.0, 800)
    targets = pushes.sample_many(clock)
    points = tcp_pose(targets.joints.double(), arms).position
    for world, gripper in ((0, 0), (2, 1)):
        way = points[world, gripper][targets.phase[world, gripper] == Phase.PUSH]
        along = (way[-1] - way[0]) / (way[-1] - way[0]).norm()
        aside = torch.linalg.cross(way - way[0], along.expand_as(way)).norm(dim=-1)
        assert float(aside.max()) < 2e-4


def test_arms_that_push_together_keep_one_clock(pushes: JointTrajectory) -> None:
    clock = pushes.duration[:, None] * torch.linspace(0.0, 1.0, 500)
    phase = pushes.sample_many(clock).phase
    assert torch.equal(phase[:, 0], phase[:, 1])
    source = pushes.at_clock(clock)
    assert (source.diff(dim=-1) >= 0.0).all() and torch.equal(source[:, 0], source[:, 1])
    back = pushes.at_source_time(source[:, 0])[:, 0]
    torch.testing.assert_close(back, clock, atol=1e-3, rtol=0.0)


def test_motions_start_and_end_at_home(arms: ArmsCfg, grasps: JointTrajectory) -> None:
    home = arms.home_joints(torch.float32).expand(len(grasps.clock), -1, -1)
    for t in (torch.zeros_like(grasps.duration), grasps.duration, grasps.duration + 5.0):
        targets = grasps.sample(t)
        torch.testing.assert_close(targets.joints, home, atol=1e-5, rtol=0.0)
    assert grasps.sample(grasps.duration + 5.0).velocity.abs().max() == 0.0


def test_the_arm_that_does_not_grasp_stays_at_home(arms: ArmsCfg, grasps: JointTrajectory) -> None:
    joints = grasps.sample(grasps.measure_time.amax(dim=1)).joints
    torch.testing.assert_close(joints[0, 1], arms.home_joints(torch.float32)[1])


def test_another_home_can_be_given(arms: ArmsCfg) -> None:
    home = arms.home_joints()
    home[:, 0] += 0.2
    plan = plan_joints(top_down_grasps([(-0.3, 0.1, 0.03)]), arms, home)
    torch.testing.assert_close(plan.sample(torch.zeros(1)).joints[0], home.float())


def test_outcome_is_judged_at_the_end_of_hold(grasps: JointTrajectory) -> None:
    judged = grasps.measure_time.amax(dim=1)
    before, after = grasps.sample(judged - 0.01), grasps.sample(judged + 0.01)
    assert ((before.phase == Phase.HOLD).any(dim=1) & (after.phase == Phase.PLACE).any(dim=1)).all()


def test_velocity_is_the_slope_of_the_angles(grasps: JointTrajectory) -> None:
    t = 0.37 * grasps.duration
    ahead, behind = grasps.sample(t + 2e-3).joints, grasps.sample(t - 2e-3).joints
    torch.testing.assert_close(grasps.sample(t).velocity, (ahead - behind) / 4e-3, atol=0.02, rtol=0.0)


def test_slow_joints_take_longer(arms: ArmsCfg) -> None:
    source = top_down_grasps([(-0.3, 0.1, 0.03)])
    slow = ArmsCfg(speed=0.5)
    plan = plan_joints(source, slow)
    assert float(audit(plan, slow, 0.01).speed) <= 0.5
    assert float(plan.duration) > float(plan_joints(source, arms).duration) + 1.0


def test_legs_that_joints_can_follow_keep_their_time(arms: ArmsCfg) -> None:
    source = top_down_grasps([(-0.3, 0.1, 0.03)])
    plan = plan_joints(source, ArmsCfg(speed=50.0, acceleration=5000.0))
    torch.testing.assert_close(plan.duration, source.duration)
    torch.testing.assert_close(plan.measure_time, source.measure_time)


def failures(plan: JointTrajectory) -> list[list[str]]:
    return [[Failure(int(value)).name for value in row] for row in plan.failure]


def test_an_approach_out_of_reach_is_named(arms: ArmsCfg) -> None:
    angles = torch.tensor([[0.0, math.radians(45.0), 0.5]])
    plan = plan_joints(grasp_plan(torch.tensor([[-0.03, -0.04, 0.08]]), angles, torch.tensor([0.08])), arms)
    assert failures(plan) == [["REACH", "NONE"]]
    assert plan.failed_waypoint.tolist() == [[2, -1]]
    assert not plan.reachable.any()
    assert float(plan.duration) == 0.0
    torch.testing.assert_close(plan.sample(torch.tensor([1.0])).joints[0], arms.home_joints(torch.float32))


def test_a_plan_that_was_not_reachable_for_the_grippers_stays_so(arms: ArmsCfg) -> None:
    plan = plan_joints(top_down_grasps([(0.9, 0.0, 0.03), (0.3, 0.0, 0.03)]), arms)
    assert failures(plan) == [["LIMITS", "LIMITS"], ["NONE", "NONE"]]
    assert plan.reachable.tolist() == [False, True]


def test_arms_that_would_cross_are_told(arms: ArmsCfg) -> None:
    # The left gripper works on the right side and the right one on the left, side by side: the forearms cross.
    crossed = straight_pushes([[(0.12, 0.05), (-0.12, -0.05)]], [[(0.12, -0.05), (-0.12, 0.05)]])
    assert failures(plan_joints(crossed, arms)) == [["ARMS", "ARMS"]]


def test_arms_over_a_table_that_is_too_high_are_told() -> None:
    low = tuple(BasePose((*base.position[:2], -0.15), base.yaw) for base in ArmsCfg().bases)
    plan = plan_joints(top_down_grasps([(-0.2, 0.0, 0.03)]), ArmsCfg(bases=low))
    assert failures(plan)[0][0] == "TABLE"


def test_a_single_arm_is_planned_alone() -> None:
    single = ArmsCfg(bases=ArmsCfg().bases[:1])
    plan = plan_joints(top_down_grasps([(-0.3, 0.1, 0.03)], num_arms=1), single)
    assert plan.reachable.all()
    assert plan.sample(torch.zeros(1)).joints.shape == (1, 1, 6)


def test_bad_input_is_refused(arms: ArmsCfg) -> None:
    source = top_down_grasps([(-0.3, 0.1, 0.03)])
    with pytest.raises(ValueError, match="moves 2 grippers; there are 1 arms"):
        plan_joints(source, ArmsCfg(bases=arms.bases[:1]))
    with pytest.raises(ValueError, match=r"home_joints has shape \(6,\)"):
        plan_joints(source, arms, torch.zeros(6))
    with pytest.raises(ValueError, match="home_joints holds NaN"):
        plan_joints(source, arms, torch.full((2, 6), math.nan))
    plan = plan_joints(source, arms)
    with pytest.raises(ValueError, match=r"t has shape \(2,\); \(1,\)"):
        plan.sample(torch.zeros(2))
    with pytest.raises(ValueError, match=r"t has shape \(3, 2\); \(1, T\)"):
        plan.sample_many(torch.zeros(3, 2))
    with pytest.raises(ValueError, match="dt is 0"):
        audit(plan, arms, 0.0)
