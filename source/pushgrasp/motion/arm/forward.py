"""Forward kinematics: the frames of all links, and of the point between the finger tips."""

import math
from dataclasses import dataclass

import torch

from pushgrasp.motion.arm.model import DH_A, DH_ALPHA, DH_D, NUM_JOINTS, ArmsCfg


@dataclass
class Frames:
    """Frames of one kind of thing, in one coordinate system."""

    rotation: torch.Tensor
    """Shape (..., 3, 3); the columns are the axes."""
    position: torch.Tensor
    """Origins [m], shape (..., 3)."""


def link_frames(joints: torch.Tensor, base: Frames) -> Frames:
    """Return DH frames 0 to 6, shapes (..., 7, 3, 3) and (..., 7, 3), in the coordinate system of ``base``.

    Args:
        joints: joint angles [rad], shape (..., 6).
        base: DH frame 0; its shapes must broadcast against the joints' leading ones.

    Raises:
        ValueError: if the shape of the joints is wrong.
    """
    if joints.shape[-1] != NUM_JOINTS:
        raise ValueError(f"joints has shape {tuple(joints.shape)}; (..., {NUM_JOINTS}) is needed")
    lead = joints.shape[:-1]
    x, y, z = (axis.expand(*lead, 3) for axis in base.rotation.to(joints).unbind(-1))
    position = base.position.to(joints).expand(*lead, 3)
    rotations, positions = [torch.stack((x, y, z), dim=-1)], [position]
    sines, cosines = joints.sin()[..., None], joints.cos()[..., None]
    for joint, (a, d, alpha) in enumerate(zip(DH_A, DH_D, DH_ALPHA, strict=True)):
        sine, cosine = sines[..., joint, :], cosines[..., joint, :]
        position = position + d * z
        x, y = cosine * x + sine * y, cosine * y - sine * x
        y, z = math.cos(alpha) * y + math.sin(alpha) * z, math.cos(alpha) * z - math.sin(alpha) * y
        position = position + a * x
        rotations.append(torch.stack((x, y, z), dim=-1))
        positions.append(position)
    return Frames(torch.stack(rotations, dim=-3), torch.stack(positions, dim=-2))


def arm_frames(joints: torch.Tensor, arms: ArmsCfg) -> Frames:
    """Return DH frames 0 to 6 of G arms, world frame, shapes (..., G, T, 7, 3, 3) and (..., G, T, 7, 3).

    Args:
        joints: joint angles [rad], shape (..., G, T, 6).
        arms: where the G arms stand.
    """
    rotation, position = arms.base_frames(joints.dtype, joints.device)
    return link_frames(joints, Frames(rotation[:, None], position[:, None]))


def tcp_frames(frames: Frames, arms: ArmsCfg) -> Frames:
    """Return the frames between the finger tips, shapes (..., 3, 3) and (..., 3), of DH frames 0 to 6."""
    flange = frames.rotation[..., -1, :, :]
    position = frames.position[..., -1, :] + arms.tool_length * flange[..., 2]
    return Frames(turned(flange, arms.tool_yaw), position)


def tcp_pose(joints: torch.Tensor, arms: ArmsCfg) -> Frames:
    """Return the TCP frames of G arms, world frame, shapes (..., G, T, 3, 3) and (..., G, T, 3).

    Args:
        joints: joint angles [rad], shape (..., G, T, 6).
        arms: where the G arms stand, and their tool.
    """
    return tcp_frames(arm_frames(joints, arms), arms)


def flange_pose(tcp: Frames, arms: ArmsCfg) -> Frames:
    """Return the flange in the base frame of each of G arms, shapes as given.

    Args:
        tcp: TCP frames, world frame, shapes (..., G, T, 3, 3) and (..., G, T, 3).
        arms: where the G arms stand, and their tool.
    """
    rotation, position = arms.base_frames(tcp.position.dtype, tcp.position.device)
    inverse = rotation.mT[:, None]
    origin = tcp.position - arms.tool_length * tcp.rotation[..., 2] - position[:, None]
    return Frames(inverse @ turned(tcp.rotation, -arms.tool_yaw), (inverse @ origin[..., None])[..., 0])


def turned(rotation: torch.Tensor, angle: float) -> torch.Tensor:
    """Return frames, shape (..., 3, 3), turned about their own z axis by an angle [rad]."""
    x, y, z = rotation.unbind(-1)
    sine, cosine = math.sin(angle), math.cos(angle)
    return torch.stack((cosine * x + sine * y, cosine * y - sine * x, z), dim=-1)
