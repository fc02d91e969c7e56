"""Which arm takes a grasp."""

import math

import pytest
import torch

from pushgrasp.motion.arm.choice import choose_reaching_arm
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.gimbal import gimbal_to_rotation
from pushgrasp.motion.limits import MotionLimits


def choose(points, angles, arms: ArmsCfg):
    return choose_reaching_arm(torch.tensor(points), gimbal_to_rotation(torch.tensor(angles)), arms, MotionLimits())


def test_each_side_belongs_to_its_arm(arms: ArmsCfg) -> None:
    choice = choose([[-0.3, 0.1, 0.03], [0.3, -0.2, 0.03], [-0.02, 0.0, 0.03]], [[0.0, 0.0, 0.0]] * 3, arms)
    assert choice.arm.tolist() == [0, 1, 0]
    assert choice.able.gather(1, choice.arm[:, None]).all()
    assert choice.able[2].all()


def test_the_far_edge_is_out_of_reach_of_the_arm_across(arms: ArmsCfg) -> None:
    choice = choose([[-0.47, 0.3, 0.03]], [[0.0, 0.0, 0.0]], arms)
    assert choice.able.tolist() == [[True, False]]
    assert choice.clearance[0, 1] == 0.0


def test_an_approach_that_only_the_arm_across_can_make_goes_to_it(arms: ArmsCfg) -> None:
    # The gripper leans towards +x (approach along -x and down): the palm is 0.2 m further from the left arm.
    choice = choose([[-0.03, -0.04, 0.08]], [[0.0, math.radians(45.0), 0.5]], arms)
    assert choice.able.tolist() == [[False, True]]
    assert choice.arm.tolist() == [1]


def test_a_single_arm_has_no_choice() -> None:
    arms = ArmsCfg(bases=ArmsCfg().bases[:1])
    choice = choose([[-0.3, 0.1, 0.03], [0.45, 0.1, 0.03]], [[0.0, 0.0, 0.0]] * 2, arms)
    assert choice.arm.tolist() == [0, 0]
    assert choice.able.tolist() == [[True], [False]]


def test_shapes_that_do_not_fit_are_refused(arms: ArmsCfg) -> None:
    with pytest.raises(ValueError, match=r"rotation has shape \(3, 3\); \(2, 3, 3\)"):
        choose_reaching_arm(torch.zeros(2, 3), torch.eye(3), arms, MotionLimits())
