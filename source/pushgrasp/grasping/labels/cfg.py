"""Settings of the grasp labels: the jaws, how they are placed, and what counts as a grasp."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from pushgrasp.gripper import GripperGeometry
from pushgrasp.gripper.fit import FitCfg


@dataclass(frozen=True)
class LabelCfg:
    """Jaws and rules; lengths in metres. Sizes and placing are those of the grasp decoder, which carries grasps out.

    Frame of the jaws: origin between the pad tips, +z out of the palm (approach), +x along the closing direction.

    Raises:
        ValueError: If a value is not a positive, finite number.
    """

    stroke: float = GripperGeometry.stroke
    """Largest opening between the pads."""
    pad_thickness: float = GripperGeometry.pad_thickness
    """Extent of a pad along x."""
    pad_breadth: float = GripperGeometry.pad_breadth
    """Extent of a pad along y."""
    pad_length: float = GripperGeometry.pad_length
    """Extent of a pad along z; the palm begins behind it."""
    palm_width: float = GripperGeometry.palm_width
    """Extent of the palm along x."""
    palm_breadth: float = GripperGeometry.palm_breadth
    """Extent of the palm along y."""

    depth: float = FitCfg.depth
    """How far the tips go below the surface point, along the approach."""
    min_depth: float = FitCfg.min_depth
    """Least depth that still counts as a grasp."""
    tip_clearance: float = FitCfg.tip_clearance
    """Distance of the lowest pad corner from the table."""
    opening_margin: float = FitCfg.opening_margin
    """Opening on either side of the body before closing."""
    stroke_margin: float = FitCfg.stroke_margin
    """A body wider than the stroke less this is not grasped."""
    max_tilt: float = math.radians(60.0)
    """Largest angle between approach and vertical [rad]."""

    clearance: float = 0.002
    """Distance that pads and palm keep from what they are not to touch, and loss of tip clearance that is accepted."""
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

    @property
    def placing(self) -> FitCfg:
        """How the jaws are fitted."""
        pads, palm = (self.pad_thickness, self.pad_breadth, self.pad_length), (self.palm_width, self.palm_breadth)
        depths, margins = (self.depth, self.min_depth), (self.opening_margin, self.stroke_margin, self.clearance)
        return FitCfg(GripperGeometry(self.stroke, *pads, *palm), *depths, self.tip_clearance, *margins)
