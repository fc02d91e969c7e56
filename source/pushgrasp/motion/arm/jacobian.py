"""How the tool moves with the joints, and the joints with the tool in a direction."""

import torch

from pushgrasp.motion.arm.forward import Frames, link_frames
from pushgrasp.motion.arm.model import NUM_JOINTS, ArmsCfg


def flange_in_base(joints: torch.Tensor) -> Frames:
    """Return the flange (DH frame 6) in the base frame, shapes (..., 3, 3) and (..., 3), of joints (..., 6) [rad]."""
    frames = link_frames(joints, _base(joints))
    return Frames(frames.rotation[..., -1, :, :], frames.position[..., -1, :])


def tool_jacobian(joints: torch.Tensor, tool_length: float) -> torch.Tensor:
    """Return the geometric Jacobian of the TCP in the base frame, shape (..., 6, 6), one column per joint.

    Three rows of linear motion [m/rad], then three of angular motion (Siciliano et al., Robotics, 2009, 3.1.3).

    Args:
        joints: joint angles [rad], shape (..., 6).
        tool_length: from the flange along its z axis to the TCP [m].
    """
    frames = link_frames(joints, _base(joints))
    tip = frames.position[..., -1, :] + tool_length * frames.rotation[..., -1, :, 2]
    axis, origin = frames.rotation[..., :NUM_JOINTS, :, 2], frames.position[..., :NUM_JOINTS, :]
    linear = torch.linalg.cross(axis, tip[..., None, :] - origin)
    return torch.cat((linear, axis), dim=-1).mT


def tcp_velocity(joints: torch.Tensor, velocity: torch.Tensor, arms: ArmsCfg) -> torch.Tensor:
    """Return the velocities of the TCPs of G arms in their base frames [m/s], shape (..., 3).

    Args:
        joints: joint angles [rad], shape (..., 6).
        velocity: joint velocities [rad/s], shape (..., 6).
        arms: their tool.
    """
    frames = link_frames(joints, _base(joints))
    tip = frames.position[..., -1, :] + arms.tool_length * frames.rotation[..., -1, :, 2]
    turn = (velocity[..., None] * frames.rotation[..., :NUM_JOINTS, :, 2]).cumsum(dim=-2)
    links = torch.cat((frames.position[..., 1:NUM_JOINTS, :], tip[..., None, :]), dim=-2)
    return torch.linalg.cross(turn, links - frames.position[..., :NUM_JOINTS, :]).sum(dim=-2)


def lever_along(joints: torch.Tensor, direction: torch.Tensor, tool_length: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Return how joints and the TCP's way in a direction go together.

    Args:
        joints: joint angles [rad], shape (..., 6).
        direction: of the TCP, a unit vector in the base frame, shape (..., 3); 0 gives levers and slopes of 0.
        tool_length: from the flange along its z axis to the TCP [m].

    Returns:
        The lever, the joint motion that takes the TCP straight in the direction [rad/m], and the slope, the way in the
        direction that each joint gives [m/rad], both of shape (..., 6). Joint torques times the lever are the force in
        the direction [N], by virtual work. The lever is long near a singularity.
    """
    jacobian = tool_jacobian(joints, tool_length)
    straight = torch.zeros_like(joints)
    straight[..., :3] = direction
    lever = torch.linalg.lstsq(jacobian, straight[..., None]).solution[..., 0]
    return lever, (jacobian.mT @ straight[..., None])[..., 0]


def _base(joints: torch.Tensor) -> Frames:
    """Return the base frame itself."""
    return Frames(torch.eye(3).to(joints), joints.new_zeros(3))
