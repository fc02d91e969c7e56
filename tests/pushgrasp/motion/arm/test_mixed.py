"""Arms that do different things at once: time lines of their own, clearance, limits."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.interface.action import Action, Kind
from pushgrasp.motion.arm.audit import audit
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.arm.plan import plan_joints
from pushgrasp.motion.arms import home_poses
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.plan import plan_action
from pushgrasp.motion.trajectory import Phase

from ..conftest import GEOMETRY

LIMITS = MotionLimits()
KINDS = [
    (Kind.GRASP, Kind.GRASP),
    (Kind.GRASP, Kind.PUSH),
    (Kind.MOVE, Kind.GRASP),
    (Kind.MOVE, Kind.MOVE),
    (Kind.PUSH, Kind.PUSH),
]


def actions() -> Action:
    """Each pair of kinds, at places on either side, 0.5 m apart and, in the second half, 0.16 m apart."""
    action = Action.none(2 * len(KINDS), 2, 5)
    action.kind = torch.tensor(KINDS).repeat(2, 1)
    action.valid = torch.ones_like(action.kind, dtype=torch.bool)
    action.position[..., 0] = torch.tensor([-0.25, 0.25])
    action.position[len(KINDS) :, :, 0] = torch.tensor([-0.08, 0.08])
    action.position[..., 2] = 0.03
    action.width[:] = 0.08
    along = torch.tensor([0.0, 0.15, 0.0])
    action.path = action.position[:, :, None] + torch.linspace(0.0, 1.0, 5)[:, None] * along
    action.place_position = action.position + along
    return action


@pytest.fixture(scope="module")
def plan(arms: ArmsCfg) -> JointTrajectory:
    return plan_joints(plan_action(*home_poses(2, LIMITS), actions(), GEOMETRY, LIMITS), arms)


def test_no_limit_is_broken_and_arms_keep_apart(plan: JointTrajectory, arms: ArmsCfg) -> None:
    worst, done = audit(plan, arms, 0.01), plan.reachable
    assert done[: len(KINDS)].all()
    assert done.float().mean() > 0.8
    assert (worst.arms[done] > arms.arm_clearance - 0.01).all()
    assert (worst.speed <= arms.speed).all() and (worst.acceleration <= 1.01 * arms.acceleration).all()
    assert (worst.joint_margin > 0.0).all() and (worst.own > 0.0).all() and (worst.table > -0.001).all()
    assert (worst.position_error < 2.0e-4).all()


def test_two_grasps_at_once_take_hardly_longer_than_one(plan: JointTrajectory, arms: ArmsCfg) -> None:
    single = actions()[[0]]
    single.kind[0, 1], single.valid[0, 1] = int(Kind.NONE), False
    alone = plan_joints(plan_action(*home_poses(2, LIMITS), single, GEOMETRY, LIMITS), arms)
    assert float(plan.duration[0]) < 1.1 * float(alone.duration)


def test_each_arm_is_judged_at_the_end_of_its_own_hold(plan: JointTrajectory) -> None:
    judged = plan.measure_time
    lifts = torch.tensor([[kind != Kind.PUSH for kind in kinds] for kinds in KINDS])
    assert torch.equal(judged[: len(KINDS)] > 0.0, lifts)
    for arm in (0, 1):
        before, after = plan.sample(judged[:, arm] - 0.01), plan.sample(judged[:, arm] + 0.01)
        held = (judged[:, arm] > 0.0) & plan.reachable
        assert (before.phase[held, arm] == Phase.HOLD).all() and (after.phase[held, arm] == Phase.PLACE).all()


def test_the_arm_that_waits_stays_at_home(plan: JointTrajectory, arms: ArmsCfg) -> None:
    world = len(KINDS)  # two grasps 16 cm apart: one waits until the other has gone
    begin = plan.clock[world, :, 0]
    assert float(begin.amin()) == 0.0 and float(begin.amax()) > 0.5
    late = int(begin.argmax())
    there = plan.sample(torch.full((len(plan.clock),), 0.9 * float(begin.amax()))).joints[world, late]
    torch.testing.assert_close(there, arms.home_joints(torch.float32)[late])
