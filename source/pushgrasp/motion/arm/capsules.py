"""The arm and its gripper as capsules: line segments with a radius."""

from dataclasses import dataclass

import torch

from pushgrasp.gripper import GripperGeometry
from pushgrasp.motion.arm.forward import Frames, arm_frames, tcp_frames
from pushgrasp.motion.arm.model import DH_A, DH_D, ArmsCfg

SHOULDER_OFFSET = 0.138
"""The upper arm lies this far beside the plane of the arm [m]."""

ELBOW_OFFSET = 0.007
"""The forearm lies this far beside the plane of the arm [m]."""


@dataclass(frozen=True)
class Link:
    """One capsule fixed to a DH frame."""

    name: str
    frame: int
    start: tuple[float, float, float]
    end: tuple[float, float, float]
    radius: float


LINKS = (
    Link("pedestal", 0, (0.0, 0.0, -0.30), (0.0, 0.0, 0.08), 0.09),
    Link("shoulder", 1, (0.0, 0.0, 0.0), (0.0, 0.0, SHOULDER_OFFSET), 0.07),
    Link("upper arm", 2, (-DH_A[1], 0.0, SHOULDER_OFFSET), (0.0, 0.0, SHOULDER_OFFSET), 0.06),
    Link("elbow", 2, (0.0, 0.0, SHOULDER_OFFSET), (0.0, 0.0, ELBOW_OFFSET), 0.058),
    Link("forearm", 3, (-DH_A[2], 0.0, ELBOW_OFFSET), (0.0, 0.0, ELBOW_OFFSET), 0.052),
    Link("wrist 1", 3, (0.0, 0.0, ELBOW_OFFSET), (0.0, 0.0, DH_D[3]), 0.047),
    Link("wrist 2", 4, (0.0, 0.0, 0.0), (0.0, 0.0, DH_D[4]), 0.047),
)
"""The UR5e without its last link; radii enclose its housings [m]."""

WRIST_3, PALM, LEFT_FINGER, RIGHT_FINGER = range(len(LINKS), len(LINKS) + 4)
"""Capsules that follow the ones of ``LINKS``: the last link with the coupling, and the gripper."""

LAST_RADIUS = 0.047
"""Radius of the last link and of the coupling [m]."""

NUM_CAPSULES = len(LINKS) + 4
"""Capsules of an arm."""

PALM_LENGTH = 0.55
"""Length of the palm's segment in units of the palm's width: the corners stick out of the capsule by 8 mm."""


@dataclass
class Capsules:
    """Capsules of arms, world frame."""

    ends: torch.Tensor
    """End points [m], shape (..., C, 2, 3)."""
    radius: torch.Tensor
    """Radii [m], shape (C,)."""


def capsules(
    joints: torch.Tensor, width: torch.Tensor, arms: ArmsCfg, geometry: GripperGeometry | None = None
) -> Capsules:
    """Return the capsules of G arms, end points of shape (..., G, T, C, 2, 3).

    Args:
        joints: joint angles [rad], shape (..., G, T, 6).
        width: jaw openings [m], shape (..., G, T).
        arms: where the arms stand, and their tool.
        geometry: the gripper.
    """
    geometry = geometry or GripperGeometry()
    frames = arm_frames(joints, arms)
    gripper = gripper_capsules(tcp_frames(frames, arms), width, geometry)
    ends = torch.cat((_links(frames, arms, geometry), gripper.ends), dim=-3)
    radius = joints.new_tensor([link.radius for link in LINKS] + [LAST_RADIUS])
    return Capsules(ends, torch.cat((radius, gripper.radius)))


def gripper_capsules(tcp: Frames, width: torch.Tensor, geometry: GripperGeometry) -> Capsules:
    """Return the capsules of palm, left and right finger, end points of shape (..., 3, 2, 3).

    Args:
        tcp: grippers, positions of shape (..., 3).
        width: jaw openings [m], shape (...).
        geometry: the gripper.
    """
    pad = _half_diagonal(geometry.pad_thickness, geometry.pad_breadth)
    palm = _half_diagonal(geometry.palm_breadth, geometry.palm_height)
    return Capsules(_gripper(tcp, width, geometry), tcp.position.new_tensor([palm, pad, pad]))


def _links(frames: Frames, arms: ArmsCfg, geometry: GripperGeometry) -> torch.Tensor:
    """Return the segments of the arm itself, shape (..., 8, 2, 3)."""
    coupling = Link("wrist 3", 5, (0.0, 0.0, 0.0), (0.0, 0.0, DH_D[5] + arms.tool_length - geometry.reach), 0.0)
    links = (*LINKS, coupling)
    index = torch.tensor([link.frame for link in links], device=frames.position.device)
    local = torch.tensor([(link.start, link.end) for link in links]).to(frames.position)
    axes = frames.rotation.index_select(-3, index)
    return frames.position.index_select(-2, index)[..., None, :] + local @ axes.mT


def _gripper(tcp: Frames, width: torch.Tensor, geometry: GripperGeometry) -> torch.Tensor:
    """Return the segments of palm, left and right finger, shape (..., 3, 2, 3)."""
    closing, approach = tcp.rotation[..., 0], tcp.rotation[..., 2]
    tip = _half_diagonal(geometry.pad_thickness, geometry.pad_breadth)
    middle = tcp.position - (geometry.reach - 0.5 * geometry.palm_height) * approach
    half = 0.5 * PALM_LENGTH * geometry.palm_width * closing
    side = 0.5 * (width[..., None] + geometry.pad_thickness) * closing
    root, end = tcp.position - geometry.pad_length * approach, tcp.position - tip * approach
    palm = torch.stack((middle - half, middle + half), dim=-2)
    fingers = [torch.stack((root + offset, end + offset), dim=-2) for offset in (-side, side)]
    return torch.stack((palm, *fingers), dim=-3)


def _half_diagonal(a: float, b: float) -> float:
    """Return half the diagonal of a rectangle [m]."""
    return 0.5 * (a * a + b * b) ** 0.5
