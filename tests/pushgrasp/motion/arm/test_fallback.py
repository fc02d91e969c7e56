"""One arm does what two cannot, and the other one what the first cannot reach."""

from dataclasses import replace

import pytest
import torch

from pushgrasp.motion.arm.failure import Failure
from pushgrasp.motion.arm.fallback import plan_joints_or_less
from pushgrasp.motion.arm.forward import tcp_pose
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.arm.plan import plan_joints
from pushgrasp.motion.trajectory import Phase, Trajectory

from ..conftest import push_plan

# Two grippers 16 cm apart in front of both arms, which meet there; one alone at the far corner of the other arm's side.
STARTS = [[(-0.08, 0.0), (0.08, 0.0)], [(-0.2, 0.1), (0.2, 0.1)], [(0.40, 0.40), (0.0, 0.0)]]
ENDS = [[(-0.08, 0.30), (0.08, 0.25)], [(-0.3, 0.1), (0.3, 0.1)], [(0.45, 0.20), (0.0, 0.0)]]
ACTIVE = [[True, True], [True, True], [True, False]]


@pytest.fixture(scope="module")
def source() -> Trajectory:
    start, end = torch.tensor(STARTS), torch.tensor(ENDS)
    way = start[:, :, None] + torch.linspace(0.0, 1.0, 9)[:, None] * (end - start)[:, :, None]
    paths = torch.cat((way, torch.full_like(way[..., :1], 0.012)), dim=-1)
    return push_plan(paths, torch.zeros(way.shape[:-1]), torch.tensor(ACTIVE))


def test_the_arms_themselves_cannot(source: Trajectory, arms: ArmsCfg) -> None:
    plan = plan_joints(source, arms)
    assert plan.failure.tolist() == [[Failure.ARMS] * 2, [Failure.NONE] * 2, [Failure.REACH, Failure.NONE]]


def test_something_is_done_in_every_world(source: Trajectory, arms: ArmsCfg) -> None:
    plan = plan_joints_or_less(source, arms)
    assert plan.reachable.all()
    working = plan.source.times[..., -1] > 0.0
    assert working.tolist() == [[True, False], [True, True], [False, True]]  # the left arm has the longer way


def test_the_other_arm_pushes_along_the_same_path(source: Trajectory, arms: ArmsCfg) -> None:
    plan = plan_joints_or_less(source, arms)
    clock = plan.duration[:, None] * torch.linspace(0.0, 1.0, 1000)
    targets = plan.sample_many(clock)
    tips = tcp_pose(targets.joints.double(), arms).position[2, 1][targets.phase[2, 1] == Phase.PUSH]
    start, end = torch.tensor([(0.40, 0.40, 0.012), (0.45, 0.20, 0.012)], dtype=torch.float64)
    torch.testing.assert_close(tips[0], start, atol=2e-3, rtol=0.0)
    torch.testing.assert_close(tips[-1], end, atol=2e-3, rtol=0.0)
    home = arms.home_joints(torch.float32)
    assert torch.equal(targets.joints[2, 0], home[0].expand(1000, -1))
    torch.testing.assert_close(targets.joints[2, 1, -1], home[1])


def test_a_plan_without_fault_stays_as_it_is(source: Trajectory, arms: ArmsCfg) -> None:
    plain, plan = plan_joints(source, arms), plan_joints_or_less(source, arms)
    assert torch.equal(plan.source.positions[1], plain.source.positions[1])
    assert float(plan.duration[1]) == pytest.approx(float(plain.duration[1]))


def test_what_nobody_can_do_is_reported(source: Trajectory, arms: ArmsCfg) -> None:
    plan = plan_joints_or_less(source, replace(arms, transit_height=0.6))  # nothing travels as high as that
    assert not plan.reachable.any()
    assert plan.failure.tolist() == [[Failure.CLUTTER] * 2, [Failure.CLUTTER] * 2, [Failure.REACH, Failure.NONE]]
    assert plan.duration.tolist() == [0.0] * 3


def test_a_single_arm_has_no_other() -> None:
    arms = ArmsCfg()
    arms = replace(arms, bases=arms.bases[:1])
    way = torch.tensor([[[[0.45, 0.40, 0.012], [0.45, 0.20, 0.012]]]])
    plan = plan_joints_or_less(push_plan(way, torch.zeros(1, 1, 2)), arms)
    assert plan.failure.tolist() == [[Failure.REACH]]
