"""Joint paths through sequences of poses."""

import math

import pytest
import torch

from pushgrasp.motion.arm.branch import best_paths

NAN = math.nan


def solutions(*branches: list[list[float]]) -> torch.Tensor:
    """Joint 1 of the given branches at each pose, all other joints 0, missing branches NaN; (1, M, 8, 6)."""
    joints = torch.full((1, len(branches[0]), 8, 6), NAN, dtype=torch.float64)
    for branch, angles in enumerate(branches):
        joints[0, :, branch] = 0.0
        joints[0, :, branch, 0] = torch.tensor(angles, dtype=torch.float64)
        joints[0, joints[0, :, branch, 0].isnan(), branch] = NAN
    return joints


def plan(joints: torch.Tensor, home: float = 0.0, step: float = 0.5):
    start = torch.zeros(1, 6, dtype=torch.float64)
    start[0, 0] = home
    return best_paths(joints, start, step, candidates=4)


def test_the_path_of_least_travel_comes_first() -> None:
    # Home at 0. Branch 0 travels 1.0 + (0.2 + 0.2) + 1.4 = 2.8, branch 1 travels 0.5 + (0.4 + 0.4) + 0.5 = 1.8.
    paths = plan(solutions([1.0, 1.2, 1.4], [-0.5, -0.9, -0.5]))
    assert paths.found[0].tolist() == [True, True, False, False]
    assert paths.joints[0, 0, :, 0].tolist() == [-0.5, -0.9, -0.5]


def test_a_branch_that_ends_goes_on_in_the_one_it_meets() -> None:
    paths = plan(solutions([0.1, 0.4, NAN, NAN], [NAN, 0.5, 1.0, 1.2]))
    assert paths.joints[0, 0, :, 0].tolist() == pytest.approx([0.1, 0.5, 1.0, 1.2])
    assert paths.stuck.tolist() == [-1]


def test_flips_are_not_followed() -> None:
    paths = plan(solutions([0.1, 0.4, NAN, NAN], [NAN, 2.5, 2.6, 2.7]))
    assert not paths.found.any()
    assert (paths.stuck.tolist(), paths.reached.tolist()) == ([2], [True])


def test_a_pose_out_of_reach_is_told() -> None:
    paths = plan(solutions([0.1, NAN, 0.3]))
    assert not paths.found.any()
    assert (paths.stuck.tolist(), paths.reached.tolist()) == ([1], [False])


def test_paths_are_continuous_beyond_half_a_turn() -> None:
    angles = [3.0, -3.1, -2.9, -2.5]
    path = plan(solutions(angles), home=3.0).joints[0, 0, :, 0]
    torch.testing.assert_close(path, torch.tensor([3.0, *(a + 2 * math.pi for a in angles[1:])], dtype=torch.float64))


def test_turns_stay_within_the_limits() -> None:
    # From home at 6.0 the nearest turn would end at 0.7 + 2 pi = 6.98, beyond 2 pi.
    path = plan(solutions([-0.1, 0.3, 0.7]), home=6.0).joints[0, 0, :, 0]
    torch.testing.assert_close(path, torch.tensor([-0.1, 0.3, 0.7], dtype=torch.float64))


def test_a_path_longer_than_the_limits_is_refused() -> None:
    # Joint 3 turns through 3.5 rad past its limit of pi; it has no other turn.
    joints = torch.zeros(1, 8, 8, 6, dtype=torch.float64)
    joints[..., 2] = torch.linspace(0.0, 3.5, 8, dtype=torch.float64)[:, None]
    paths = best_paths(joints, torch.zeros(1, 6, dtype=torch.float64), 0.6, 4)
    assert not paths.found.any()
    assert paths.stuck.tolist() == [-1]


def test_the_last_joint_may_swap_the_fingers() -> None:
    joints = torch.zeros(1, 2, 8, 6, dtype=torch.float64)
    joints[..., 5] = 3.0
    path = best_paths(joints, torch.zeros(1, 6, dtype=torch.float64), 0.5, 1).joints[0, 0]
    torch.testing.assert_close(path[:, 5], torch.full((2,), 3.0 - math.pi, dtype=torch.float64))


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(1, 4, 7, 6\), \(1, 6\)"):
        best_paths(torch.zeros(1, 4, 7, 6), torch.zeros(1, 6), 0.5, 4)
