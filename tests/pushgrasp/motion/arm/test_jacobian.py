"""The tool's motion with the joints, against finite differences and the principle of virtual work."""

import math

import pytest
import torch

from pushgrasp.motion.arm.forward import tcp_pose
from pushgrasp.motion.arm.jacobian import flange_in_base, lever_along, tool_jacobian
from pushgrasp.motion.arm.model import ArmsCfg, BasePose

ARMS = ArmsCfg(bases=(BasePose((0.0, 0.0, 0.0), 0.0),))
STEP = 1.0e-6


@pytest.fixture(scope="module")
def joints() -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return 2.0 * math.pi * (torch.rand(50, 6, generator=generator, dtype=torch.float64) - 0.5)


def pose(joints: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    frames = tcp_pose(joints[:, None, None], ARMS)
    return frames.rotation[:, 0, 0], frames.position[:, 0, 0]


def test_jacobian_is_what_small_steps_say(joints: torch.Tensor) -> None:
    found = tool_jacobian(joints, ARMS.tool_length)
    rotation, position = pose(joints)
    for index in range(6):
        moved = joints.clone()
        moved[:, index] += STEP
        turned, shifted = pose(moved)
        spin = (turned - rotation) @ rotation.mT / STEP  # the cross-product matrix of the angular velocity
        angular = torch.stack((spin[:, 2, 1], spin[:, 0, 2], spin[:, 1, 0]), dim=-1)
        torch.testing.assert_close(found[:, :3, index], (shifted - position) / STEP, atol=1e-5, rtol=0.0)
        torch.testing.assert_close(found[:, 3:, index], angular, atol=1e-5, rtol=0.0)


def test_lever_moves_the_tool_straight_ahead() -> None:
    start = torch.tensor([[0.3, -1.4, -1.9, -1.2, 1.5, 0.4], [-0.8, -1.0, -2.2, -1.1, 1.2, 2.0]], dtype=torch.float64)
    rotation, position = pose(start)
    turned, moved = pose(
        start + 1.0e-4 * lever_along(start, rotation[..., 2], ARMS.tool_length)[0]
    )  # a tenth of a millimetre
    torch.testing.assert_close(moved - position, 1.0e-4 * rotation[..., 2], atol=2e-8, rtol=0.0)
    torch.testing.assert_close(turned, rotation, atol=1e-6, rtol=0.0)


def test_torques_times_lever_are_the_force_ahead() -> None:
    joints = torch.tensor([[0.3, -1.4, -1.9, -1.2, 1.5, 0.4]], dtype=torch.float64)
    approach = pose(joints)[0][0, :, 2]
    push = torch.cat((15.0 * approach + 3.0 * torch.linalg.cross(approach, approach.roll(1)), torch.zeros(3)))
    torque = tool_jacobian(joints, ARMS.tool_length)[0].mT @ push.double()
    assert float(torque @ lever_along(joints, approach[None], ARMS.tool_length)[0][0]) == pytest.approx(15.0)


def test_slope_is_the_way_ahead_of_each_joint(joints: torch.Tensor) -> None:
    rotation, position = pose(joints)
    slope = lever_along(joints, rotation[..., 2], ARMS.tool_length)[1]
    for index in range(6):
        moved = joints.clone()
        moved[:, index] += STEP
        ahead = ((pose(moved)[1] - position) * rotation[..., 2]).sum(dim=-1) / STEP
        torch.testing.assert_close(slope[:, index], ahead, atol=1e-5, rtol=0.0)


def test_flange_is_a_tool_length_behind_the_tool(joints: torch.Tensor) -> None:
    rotation, position = pose(joints)
    flange = flange_in_base(joints)
    torch.testing.assert_close(flange.position, position - ARMS.tool_length * rotation[..., 2])
    torch.testing.assert_close(flange.rotation, rotation)
