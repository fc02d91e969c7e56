"""Arm choice, homes and the distance between two grippers."""

import pytest
import torch

from pushgrasp.motion.arms import are_apart, choose_arm, home_poses, min_separation
from pushgrasp.motion.limits import MotionLimits

from .conftest import grasp_plan, push_plan

NEAR = MotionLimits(separation=0.05)


def test_choose_arm_by_side() -> None:
    position = torch.tensor([[-0.2, 0.3, 0.1], [0.2, 0.3, 0.1], [0.0, 0.0, 0.0], [-0.0, 0.0, 0.0]])
    assert choose_arm(position, 2).tolist() == [0, 1, 1, 1]
    assert choose_arm(position, 1).tolist() == [0, 0, 0, 0]


def test_choose_arm_refuses_bad_input() -> None:
    with pytest.raises(ValueError, match="3 arms"):
        choose_arm(torch.zeros(1, 3), 3)
    with pytest.raises(ValueError, match="NaN"):
        choose_arm(torch.full((1, 3), float("nan")), 2)
    with pytest.raises(ValueError, match="shape"):
        choose_arm(torch.zeros(3), 2)


def test_home_poses_mirror_each_other() -> None:
    position, quaternion = home_poses(2, MotionLimits())
    torch.testing.assert_close(position, torch.tensor([[-0.75, 0.0, 0.35], [0.75, 0.0, 0.35]]))
    assert quaternion.tolist() == [[1.0, 0.0, 0.0, 0.0]] * 2
    assert home_poses(1, MotionLimits())[0].shape == (1, 3)


def paths(gap: float) -> torch.Tensor:
    """Two paths that start 0.6 m apart and end ``gap`` apart, along x."""
    found = torch.zeros(1, 2, 2, 3)
    found[0, 0, :, 0], found[0, 1, :, 0] = torch.tensor([-0.3, -gap / 2]), torch.tensor([0.3, gap / 2])
    found[..., 2] = 0.02
    return found


@pytest.mark.parametrize("gap", [0.2, 0.1])
def test_separation_of_a_dual_push_is_its_closest_point(gap: float) -> None:
    # both turn back at the end of their paths, so the least distance is the gap itself; samples may miss it
    plan = push_plan(paths(gap), torch.zeros(1, 2, 2), limits=NEAR)
    assert min_separation(plan, 0.02).item() == pytest.approx(gap, abs=1e-4)


def test_crossing_between_the_points_is_seen() -> None:
    crossing = paths(0.2)
    crossing[0, :, :, 0] = torch.tensor([[-0.2, 0.2], [0.2, -0.2]])
    crossing[0, :, :, 1] = torch.tensor([[0.03, 0.03], [-0.03, -0.03]])
    # equal speeds: they pass each other at x = 0 with 0.06 m between them; every 5 ms (1 mm each) that is met closely
    found = min_separation(push_plan(crossing, torch.zeros(1, 2, 2), limits=NEAR), 0.005).item()
    assert found == pytest.approx(0.06, abs=1e-4)


@pytest.mark.parametrize(
    ("gap", "separation", "allowed"), [(0.02, 0.3, False), (0.149, 0.15, False), (0.15, 0.15, True), (0.02, 0.0, True)]
)
def test_paths_nearer_than_the_separation_are_not_followed(gap: float, separation: float, allowed: bool) -> None:
    limits, both = MotionLimits(separation=separation), torch.zeros(1, 2, 2)
    assert push_plan(paths(gap), both, limits=limits).reachable.item() is allowed
    alone = push_plan(paths(gap), both, torch.tensor([[False, True]]), limits)
    assert alone.reachable.item() and alone.duration.item() > 0.0


def test_paths_that_cross_between_their_points_are_not_apart() -> None:
    crossing = torch.tensor([[[[-0.2, -0.2, 0.0], [0.2, 0.2, 0.0]], [[-0.2, 0.2, 0.0], [0.2, -0.2, 0.0]]]])
    both = torch.ones(1, 2, dtype=torch.bool)
    assert not are_apart(crossing, both, 0.01).item()
    assert are_apart(crossing, both & torch.tensor([True, False]), 0.01).item()
    assert are_apart(crossing[:, :1], both[:, :1], 0.01).item()


def test_separation_is_infinite_when_one_gripper_stays_up() -> None:
    alone = push_plan(paths(0.2), torch.zeros(1, 2, 2), torch.tensor([[True, False]]))
    assert min_separation(alone, 0.02).item() == float("inf")
    single = grasp_plan(torch.tensor([[0.1, 0.0, 0.05]]), torch.zeros(1, 3), torch.tensor([0.06]), num_arms=1)
    assert min_separation(single, 0.02).tolist() == [float("inf")]
    with pytest.raises(ValueError, match="dt"):
        min_separation(single, 0.0)
