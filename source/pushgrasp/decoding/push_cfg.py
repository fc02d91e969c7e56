"""Settings of the push decoder."""

from dataclasses import dataclass, field
from typing import Annotated

from pushgrasp.decoding.polyline import MAX_POINTS
from pushgrasp.gripper import GripperGeometry
from pushgrasp.settings import Count, Index, NotNegative, Odd, Positive, Range, Settings


@dataclass
class PushDecoderCfg(Settings):
    """Settings of the push decoder; lengths in metres."""

    gripper: GripperGeometry = field(default_factory=GripperGeometry)
    reach: Positive = 0.06
    """Added to the target's contour radius: half the width of a neighbour."""
    default_radius: Positive = 0.08
    """Radius of the push disc where the target is not visible."""
    surround: NotNegative = 0.02
    """Free cells this near to an object may be key points too."""
    key_points: Annotated[int, Range(least=1, most=MAX_POINTS)] = 6
    """Most key points."""
    nms_window: Odd = 9
    """Side of the window in which only the highest cell survives, odd [cells]."""
    min_length: Positive = 0.10
    """Least length of a path."""
    max_length: Positive = 0.30
    """Greatest length of a path, lead-in included; what is beyond is cut at the end."""
    max_stroke: Positive = 0.20
    """Greatest length of the part through the key points; what is beyond is cut at its lower-scored end."""
    separation: NotNegative = 0.15
    """Least distance between the TCPs of two arms; no path enters a strip this wide around x = centre."""
    max_retreat: NotNegative = 0.25
    """How far the start may move back along the initial direction to land on free table."""
    retreat_step: Positive = 0.010
    """Step of that search."""
    start_margin: NotNegative = 0.010
    """Free distance around the closed fingers and the palm at the start."""
    tip_height: Annotated[float, Range(least=0.010, most=0.020)] = 0.012
    """Height of the finger tips above the table."""
    workspace_margin: NotNegative = 0.025
    """Distance of every path point from the edge of the workspace."""
    points: Count = 32
    """Points of a path."""
    window: Odd = 9
    """Savitzky-Golay window, odd [points]."""
    order: Index = 2
    """Order of the Savitzky-Golay polynomial."""

    def check(self, where: str) -> None:
        """Reject settings without a meaning."""
        super().check(where)
        if not self.min_length <= self.max_stroke <= self.max_length:
            lengths = self.min_length, self.max_stroke, self.max_length
            raise ValueError(f"{where}.min_length, max_stroke, max_length={lengths}: they must not fall")
        if not self.order < self.window <= self.points:
            numbers = self.order, self.window, self.points
            raise ValueError(f"{where}.order, window, points={numbers}: order < window <= points is needed")
