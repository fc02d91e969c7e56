"""Geometry of the two-finger gripper, a few boxes in the TCP frame."""

from dataclasses import dataclass

from pushgrasp.settings import Positive, Settings


@dataclass
class GripperGeometry(Settings):
    """Boxes that bound a parallel-jaw gripper of the size of a Robotiq 2F-140.

    The TCP frame lies between the finger tips: +z out of the palm (approach), +x along the closing direction. Every box
    is centred on y = 0. A pad fills z from ``-pad_length`` to 0, the palm z from ``-reach`` to ``-pad_length``.

    Raises:
        ValueError: if a dimension is not a positive number.
    """

    stroke: Positive = 0.140
    """Largest opening between the inner faces of the pads [m]."""
    pad_thickness: Positive = 0.012
    """Extent of one pad along x [m]."""
    pad_breadth: Positive = 0.024
    """Extent of one pad along y [m]."""
    pad_length: Positive = 0.070
    """Extent of one pad along z, back from the TCP plane [m]."""
    palm_width: Positive = 0.160
    """Extent of the palm along x [m]."""
    palm_breadth: Positive = 0.070
    """Extent of the palm along y [m]."""
    palm_height: Positive = 0.080
    """Extent of the palm along z [m]."""

    @property
    def reach(self) -> float:
        """Distance from the back of the palm to the TCP plane [m]."""
        return self.pad_length + self.palm_height

    @property
    def closed_section(self) -> tuple[float, float]:
        """Cross-section (x, y) of the two touching pads, the tool of a push [m]."""
        return 2.0 * self.pad_thickness, self.pad_breadth

    def outer_width(self, width: float) -> float:
        """Distance between the outer faces of the pads when the jaws are ``width`` [m] open."""
        return width + 2.0 * self.pad_thickness
