"""Closed-form inverse kinematics of the UR arms (after Hawkins, Analytic inverse kinematics for the UR-5/10, 2013).

The axes of joints 2, 3 and 4 are parallel, so the wrist centre gives joint 1, the orientation seen along that axis
joints 5 and 6, and a planar two-link arm the rest: two shoulders x two elbows x two wrists.
"""

import math

import torch

from pushgrasp.motion.arm.forward import Frames
from pushgrasp.motion.arm.model import DH_A, DH_D, NUM_JOINTS

NUM_BRANCHES = 8
"""Solutions of a pose: branch number = 4 * shoulder + 2 * elbow + wrist."""

EDGE = 1.0e-9
"""Rounding allowed in a sine or cosine at the edge of the reach."""


def inverse(flange: Frames) -> torch.Tensor:
    """Return all joint angles [rad] that reach a pose, shape (..., 8, 6), in [-pi, pi]; NaN where a branch does not.

    Where joint 5 is at 0 or pi, joints 4 and 6 turn about the same axis; one of their solutions is returned.

    Args:
        flange: DH frame 6 in DH frame 0, shapes (..., 3, 3) and (..., 3); float64 gives the last micrometre.

    Raises:
        ValueError: if the shapes are wrong.
    """
    if flange.rotation.shape[-2:] != (3, 3) or flange.rotation.shape[:-1] != flange.position.shape:
        shapes = tuple(flange.rotation.shape), tuple(flange.position.shape)
        raise ValueError(f"flange has shapes {shapes[0]} and {shapes[1]}; (..., 3, 3) and (..., 3) are needed")
    x6, y6, z6 = (axis[..., None, None, None, :] for axis in flange.rotation.unbind(-1))
    position = flange.position[..., None, None, None, :]
    theta1, shoulder = _shoulder(position - DH_D[5] * z6)
    s1, c1 = theta1.sin(), theta1.cos()
    theta5, theta6 = _wrist(*(s1 * axis[..., 0] - c1 * axis[..., 1] for axis in (x6, y6, z6)))
    s5, c5, s6, c6 = (angle[..., None] for angle in (theta5.sin(), theta5.cos(), theta6.sin(), theta6.cos()))
    x4 = c5 * (c6 * x6 - s6 * y6) - s5 * z6
    p4 = position - DH_D[5] * z6 + DH_D[4] * (s6 * x6 + c6 * y6)
    radial, vertical = c1 * p4[..., 0] + s1 * p4[..., 1], p4[..., 2] - DH_D[0]
    theta2, theta3, elbow = _two_links(radial, vertical)
    theta4 = torch.atan2(x4[..., 2], c1 * x4[..., 0] + s1 * x4[..., 1]) - theta2 - theta3
    joints = torch.stack(torch.broadcast_tensors(theta1, theta2, theta3, theta4, theta5, theta6), dim=-1)
    joints = torch.where((shoulder & elbow)[..., None], wrapped(joints), math.nan)
    return joints.reshape(*flange.position.shape[:-1], NUM_BRANCHES, NUM_JOINTS)


def wrapped(angle: torch.Tensor, period: torch.Tensor | float = 2 * math.pi) -> torch.Tensor:
    """Return angles [rad] of any shape less whole periods, in [-period / 2, period / 2]."""
    return angle - period * torch.round(angle / period)


def nearest(flange: Frames, reference: torch.Tensor) -> torch.Tensor:
    """Return the joint angles [rad], shape (..., 6), that reach a pose next to a posture; NaN out of reach.

    A command that yields, such as a gripper pushed back along its approach, stays in its branch this way.

    Args:
        flange: DH frame 6 in DH frame 0, shapes (..., 3, 3) and (..., 3).
        reference: the posture [rad], shape (..., 6).
    """
    found = inverse(flange)
    step = wrapped(found - reference[..., None, :])
    best = step.abs().sum(dim=-1).nan_to_num(nan=math.inf).argmin(dim=-1)[..., None, None]
    return reference + step.take_along_dim(best, dim=-2)[..., 0, :]


def _shoulder(centre: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return joint 1, shape (..., 2, 1, 1), for the wrist centre (..., 1, 1, 1, 3), and whether there is one."""
    x, y = centre[..., 0], centre[..., 1]
    ratio = DH_D[3] / torch.hypot(x, y).clamp(min=1.0e-12)
    heading, side = torch.atan2(y, x), torch.asin(ratio.clamp(max=1.0))
    theta1 = torch.cat((heading + side, heading + math.pi - side), dim=-3)
    return theta1, (ratio <= 1.0 + EDGE).expand_as(theta1)


def _wrist(x: torch.Tensor, y: torch.Tensor, z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return joints 5 and 6, shape (..., 2, 1, 2), from the flange's axes along the axis of joint 2, (..., 2, 1, 1)."""
    theta5 = torch.atan2(torch.hypot(x, y), z)
    theta6 = torch.cat((torch.atan2(-y, x), torch.atan2(y, -x)), dim=-1)
    return torch.cat((theta5, -theta5), dim=-1), theta6


def _two_links(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return joints 2 and 3, (..., 2, 2, 2), of the plane arm to (x, y), (..., 2, 1, 2), and whether it gets there."""
    upper, fore = DH_A[1], DH_A[2]
    cosine = (x * x + y * y - upper * upper - fore * fore) / (2.0 * upper * fore)
    bend = torch.acos(cosine.clamp(-1.0, 1.0))
    theta3 = torch.cat((bend, -bend), dim=-2)
    theta2 = torch.atan2(y, x) - torch.atan2(fore * theta3.sin(), upper + fore * theta3.cos())
    return theta2, theta3, (cosine.abs() <= 1.0 + EDGE).expand_as(theta3)
