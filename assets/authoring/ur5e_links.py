"""Kinematics, masses and limits of the UR5e as tables.

Link frames are the Denavit-Hartenberg frames of the controller: frame 0 is the controller's "base" (ROS `base_link` is
turned by half a turn about z against it), frame 6 the tool flange, `tool0`. Joint angles are the controller's.

Sources: Universal Robots, "DH Parameters for calculations of kinematics and dynamics" (lengths, masses, centres of
mass, inertias) and "Max. joint torques"; UR5e user manual (joint range and speed). The elbow cannot turn further than
half a turn, because the arm gets in its own way. The mass of the base does not matter: it is bolted down.
"""

from dataclasses import dataclass
from math import pi

import numpy as np

from pushgrasp.scenes.mass import MassProperties

MAX_SPEED = 180.0
"""Largest speed of every joint [degrees/s]."""


@dataclass(frozen=True)
class Link:
    """Rigid link; its inertia is about the centre of mass, in the axes of the link's frame.

    Attributes:
        name: Link name.
        mass: Mass [kg].
        centre: Centre of mass [m].
        inertia: Moments and products xx, xy, xz, yy, yz, zz [kg m^2].
    """

    name: str
    mass: float
    centre: tuple[float, float, float]
    inertia: tuple[float, float, float, float, float, float]

    @property
    def mass_properties(self) -> MassProperties:
        """Mass, centre and the full tensor."""
        xx, xy, xz, yy, yz, zz = self.inertia
        tensor = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        return MassProperties(self.mass, np.array(self.centre), tensor)


@dataclass(frozen=True)
class DHJoint:
    """Joint that turns about z of its parent's frame; the child's frame follows by Tz(d) Tx(a) Rx(alpha).

    Attributes:
        name: Joint name.
        d: Offset along the joint's axis [m].
        a: Length along the turned x axis [m].
        alpha: Twist about it [rad].
        limit: Range to either side [degrees].
        torque: Largest torque [N m].
    """

    name: str
    d: float
    a: float
    alpha: float
    limit: float
    torque: float

    @property
    def offset(self) -> np.ndarray:
        """Pose (4, 4) of the child's frame in the turned joint frame."""
        cos, sin = np.cos(self.alpha), np.sin(self.alpha)
        return np.array([[1, 0, 0, self.a], [0, cos, -sin, 0], [0, sin, cos, self.d], [0, 0, 0, 1]], dtype=np.float64)


LINKS = (
    Link("base_link", 4.0, (0.0, 0.0, 0.025), (0.00443, 0.0, 0.0, 0.00443, 0.0, 0.0072)),
    Link(
        "shoulder_link",
        3.761,
        (0.0, -0.02561, 0.00193),
        (0.00700210, 0.00000073, -0.00001053, 0.00648091, 0.00049994, 0.00657286),
    ),
    Link(
        "upper_arm_link",
        8.058,
        (0.2125, 0.0, 0.11336),
        (0.01505885, -0.00005400, 0.00000563, 0.33388086, -0.00000181, 0.33247207),
    ),
    Link(
        "forearm_link",
        2.846,
        (0.15, 0.0, 0.0265),
        (0.00399632, -0.00001365, 0.00137272, 0.07879254, -0.00000660, 0.07848510),
    ),
    Link(
        "wrist_1_link",
        1.37,
        (0.0, -0.0018, 0.01634),
        (0.00165491, -0.00000282, -0.00000438, 0.00135962, 0.00010157, 0.00126279),
    ),
    Link(
        "wrist_2_link",
        1.3,
        (0.0, 0.0018, 0.01634),
        (0.00135617, -0.00000274, 0.00000444, 0.00127827, -0.00005048, 0.00096614),
    ),
    Link(
        "wrist_3_link",
        0.365,
        (0.0, 0.0, -0.001159),
        (0.00018694, 0.00000006, -0.00000017, 0.00018908, -0.00000092, 0.00025756),
    ),
)
"""Links from the base outwards; joint i hangs link i + 1 on link i."""

JOINTS = (
    DHJoint("shoulder_pan_joint", 0.1625, 0.0, pi / 2, 360.0, 150.0),
    DHJoint("shoulder_lift_joint", 0.0, -0.425, 0.0, 360.0, 150.0),
    DHJoint("elbow_joint", 0.0, -0.3922, 0.0, 180.0, 150.0),
    DHJoint("wrist_1_joint", 0.1333, 0.0, pi / 2, 360.0, 28.0),
    DHJoint("wrist_2_joint", 0.0997, 0.0, -pi / 2, 360.0, 28.0),
    DHJoint("wrist_3_joint", 0.0996, 0.0, 0.0, 360.0, 28.0),
)
"""Joints from the base outwards."""
