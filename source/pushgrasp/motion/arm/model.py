"""The UR5e with its gripper: Denavit-Hartenberg numbers, limits, where the arms stand and what planning keeps to."""

import math
from dataclasses import dataclass

import torch

from pushgrasp.settings import NotNegative, Positive, Settings

NUM_JOINTS = 6
"""Joints of an arm."""

DH_A = (0.0, -0.425, -0.3922, 0.0, 0.0, 0.0)
"""Link lengths a of the UR5e [m] (Universal Robots, DH parameters for calculations of kinematics and dynamics)."""

DH_D = (0.1625, 0.0, 0.0, 0.1333, 0.0997, 0.0996)
"""Link offsets d of the UR5e [m]."""

DH_ALPHA = (math.pi / 2, 0.0, 0.0, math.pi / 2, -math.pi / 2, 0.0)
"""Link twists alpha of the UR5e [rad]."""

JOINT_LIMITS = (2 * math.pi, 2 * math.pi, math.pi, 2 * math.pi, 2 * math.pi, 2 * math.pi)
"""Each joint turns this far either way [rad]; the elbow half as far as the others."""


@dataclass
class BasePose(Settings):
    """Where the base of an arm stands: DH frame 0, z up."""

    position: tuple[float, float, float]
    """Origin, world frame [m]."""
    yaw: float
    """Angle about z from the world's x axis to the base's [rad]."""


@dataclass
class ArmsCfg(Settings):
    """One or two arms, left one first, and the limits of their motion.

    Raises:
        ValueError: if a number is not finite or out of range.
    """

    bases: tuple[BasePose, ...] = (BasePose((-0.70, 0.0, 0.30), 0.0), BasePose((0.70, 0.0, 0.30), math.pi))
    """Left base, right base; each other's image under a half turn about the world's z axis."""
    home: tuple[float, ...] = (-0.62, -1.15, -2.53, -1.03, 1.57, -0.62)
    """Joint angles of every arm while it waits [rad]: gripper down, all links beside the workspace."""
    tool_length: Positive = 0.234
    """From the flange (DH frame 6) along its z axis to the TCP [m]."""
    tool_yaw: float = 0.0
    """Angle about the flange's z axis from its x axis to the closing direction of the jaws [rad]."""
    speed: Positive = math.pi
    """Speed limit of every joint [rad/s]."""
    acceleration: Positive = 8.0
    """Acceleration limit of every joint [rad/s^2]."""
    tcp_speed: Positive | None = None
    """Speed limit of the TCP, joint motions from and to home included [m/s]; None: that of the gripper trajectory."""
    knot_time: Positive = 0.03
    """Longest time between two points of a motion at which joint angles are worked out [s]."""
    max_step: Positive = 0.5
    """A joint that would turn further than this between two such points flips over: not allowed [rad]."""
    max_stretch: Positive = 8.0
    """A leg over the clutter that the joints must slow down more than this counts as singular."""
    link_clearance: NotNegative = 0.12
    """Least height of the links over the plane of the table, where the clutter is [m]."""
    wrist_clearance: NotNegative = 0.03
    """The same for the last link, which comes low where the gripper leans far over [m]."""
    arm_clearance: NotNegative = 0.03
    """Least distance of the two arms from each other [m]."""
    workspace_side: Positive = 1.0
    """Side of the square workspace around the world's origin [m]."""
    transit_height: NotNegative = 0.20
    """Least height of the finger tips over the workspace on the way from and to home [m]."""

    def check(self, where: str) -> None:
        """Reject arms that cannot be."""
        super().check(where)
        if len(self.bases) not in (1, 2):
            raise ValueError(f"{where}.bases holds {len(self.bases)} arms; one or two are needed")
        if len(self.home) != NUM_JOINTS or not all(
            abs(q) <= limit for q, limit in zip(self.home, JOINT_LIMITS, strict=True)
        ):
            raise ValueError(f"{where}.home={self.home}: {NUM_JOINTS} angles within {JOINT_LIMITS} are needed")

    @property
    def num_arms(self) -> int:
        """How many arms there are."""
        return len(self.bases)

    def base_frames(
        self, dtype: torch.dtype = torch.float64, device: torch.device | str | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the bases' rotations, shape (G, 3, 3), and positions [m], shape (G, 3), world frame."""
        yaw = torch.tensor([base.yaw for base in self.bases], dtype=dtype, device=device)
        position = torch.tensor([base.position for base in self.bases], dtype=dtype, device=device)
        sine, cosine, zero = yaw.sin(), yaw.cos(), torch.zeros_like(yaw)
        rows = ((cosine, -sine, zero), (sine, cosine, zero), (zero, zero, zero + 1.0))
        return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2), position

    def home_joints(self, dtype: torch.dtype = torch.float64, device: torch.device | str | None = None) -> torch.Tensor:
        """Return the joint angles of every arm at home [rad], shape (G, 6)."""
        return torch.tensor([self.home] * self.num_arms, dtype=dtype, device=device)
