"""Settings of the grasp labels: the jaws, how they are placed, and what counts as a grasp."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class LabelCfg:
    """Jaws and rules; lengths in metres. Sizes and placing are those of the grasp decoder, which carries grasps out.

    Frame of the jaws: origin between the pad tips, +z out of the palm (approach), +x along the closing direction.

    Raises:
        ValueError: If a value is not a positive, finite number.
    """

    stroke: float = 0.140
    """Largest opening between the pads."""
    pad_thickness: float = 0.012
    """Extent of a pad along x."""
    pad_breadth: float = 0.024
    """Extent of a pad along y."""
    pad_length: float = 0.070
    """Extent of a pad along z; the palm begins behind it."""
    palm_width: float = 0.160
    """Extent of the palm along x."""
    palm_breadth: float = 0.070
    """Extent of the palm along y."""

    depth: float = 0.025
    """How far the tips go below the surface point, along the approach."""
    min_depth: float = 0.006
    """Least depth that still counts as a grasp."""
    tip_clearance: float = 0.006
    """Distance of the lowest pad corner from the table."""
    opening_margin: float = 0.010
    """Opening on either side of the body before closing."""
    stroke_margin: float = 0.010
    """A body wider than the stroke less this is not grasped."""
    max_tilt: float = math.radians(60.0)
    """Largest angle between approach and vertical [rad]."""

    clearance: float = 0.002
    """Distance that pads and palm keep from what they are not to touch."""
    reach: float = 0.48
    """Half the side of the square in which the gripper works."""
    standoff: float = 0.10
    """Length of the straight approach; it begins within :attr:`reach`, too."""

    touch: float = 0.0007
    """Surface this near to where a pad stops touches it."""
    square_share: float = 0.15
    """Share of the touched area, the squarest, whose least square normal is that of the contact."""
    min_contact: float = 20e-6
    """Area that each pad must touch at least [m^2]."""
    max_friction: float = 1.0
    """Grasps that need more friction are not listed."""

    def __post_init__(self) -> None:
        """Reject values without a meaning."""
        for item in fields(self):
            value = getattr(self, item.name)
            if not 0.0 < value < float("inf"):
                raise ValueError(f"LabelCfg.{item.name} is {value}; a positive number is needed")
        if self.max_tilt >= math.pi / 2:
            raise ValueError(f"LabelCfg.max_tilt is {self.max_tilt} rad; an approach from above needs less than pi/2")
