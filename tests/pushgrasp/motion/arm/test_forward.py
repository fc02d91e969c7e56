"""Forward kinematics against pinocchio, and of two arms that face each other."""

import math

import numpy as np
import pytest
import torch

from pushgrasp.motion.arm.forward import Frames, arm_frames, flange_pose, link_frames, tcp_pose
from pushgrasp.motion.arm.inverse import inverse, wrapped
from pushgrasp.motion.arm.model import ArmsCfg

ORIGIN = Frames(torch.eye(3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64))


def test_all_frames_agree_with_pinocchio(arm) -> None:
    joints = np.random.default_rng(1).uniform(-math.pi, math.pi, (50, 6))
    frames = link_frames(torch.from_numpy(joints), ORIGIN)
    for index, angles in enumerate(joints):
        for row, expected in enumerate(arm.frames(angles)):
            np.testing.assert_allclose(frames.position[index, row + 1], expected.translation, atol=1e-12)
            np.testing.assert_allclose(frames.rotation[index, row + 1], expected.rotation, atol=1e-12)


def test_stretched_arm_points_up_from_the_base() -> None:
    # All but joint 2 at zero, joint 2 at -90 degrees: upper arm and forearm stand up, 0.1625 + 0.425 + 0.3922 m.
    frames = link_frames(torch.tensor([0.0, -math.pi / 2, 0.0, 0.0, 0.0, 0.0], dtype=torch.float64), ORIGIN)
    torch.testing.assert_close(frames.position[3], torch.tensor([0.0, 0.0, 0.9797], dtype=torch.float64))


def test_right_arm_is_the_left_one_turned_about_the_middle(arms: ArmsCfg) -> None:
    joints = torch.rand(1, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).expand(2, -1, -1)
    left, right = tcp_pose(joints, arms).position[:, 0]
    torch.testing.assert_close(right, left * torch.tensor([-1.0, -1.0, 1.0], dtype=torch.float64))


def test_tool_lies_along_the_flange_and_turns_about_it() -> None:
    arms = ArmsCfg(tool_length=0.1, tool_yaw=math.pi / 2)
    joints = arms.home_joints()[:, None]
    flange, tcp = arm_frames(joints, arms), tcp_pose(joints, arms)
    torch.testing.assert_close(tcp.position - flange.position[..., 6, :], 0.1 * flange.rotation[..., 6, :, 2])
    torch.testing.assert_close(tcp.rotation[..., 0], flange.rotation[..., 6, :, 1])


def test_flange_pose_undoes_base_and_tool() -> None:
    arms = ArmsCfg(tool_yaw=0.3)
    joints = 2.0 * torch.rand(2, 20, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) - 1.0
    found = inverse(flange_pose(tcp_pose(joints, arms), arms))
    assert (wrapped(found - joints[..., None, :]).abs().amax(dim=-1).nan_to_num(9.0).amin(dim=-1) < 1e-9).all()


def test_other_numbers_of_joints_are_refused() -> None:
    with pytest.raises(ValueError, match=r"joints has shape \(2, 7\); \(..., 6\)"):
        link_frames(torch.zeros(2, 7), ORIGIN)
