"""Settings of the push decoder."""

from dataclasses import dataclass, field

from pushgrasp.decoding.checks import check_positive
from pushgrasp.decoding.gripper_sizes import GripperSizes
from pushgrasp.decoding.polyline import MAX_POINTS


@dataclass
class PushDecoderCfg:
    """Settings of the push decoder; lengths in metres."""

    gripper: GripperSizes = field(default_factory=GripperSizes)
    reach: float = 0.06
    """Added to the target's contour radius: half the width of a neighbour."""
    default_radius: float = 0.08
    """Radius of the push disc where the target is not visible."""
    surround: float = 0.02
    """Free cells this near to an object may be key points too."""
    key_points: int = 6
    """Most key points."""
    nms_window: int = 9
    """Side of the window in which only the highest cell survives, odd [cells]."""
    min_length: float = 0.10
    """Least length of a path."""
    max_length: float = 0.30
    """Greatest length of a path, lead-in included; what is beyond is cut at the end."""
    max_stroke: float = 0.20
    """Greatest length of the part through the key points; what is beyond is cut at its lower-scored end."""
    separation: float = 0.15
    """Least distance between the TCPs of two arms; no path enters a strip this wide around x = centre."""
    max_retreat: float = 0.25
    """How far the start may move back along the initial direction to land on free table."""
    retreat_step: float = 0.010
    """Step of that search."""
    start_margin: float = 0.010
    """Free distance around the closed fingers and the palm at the start."""
    tip_height: float = 0.012
    """Height of the finger tips above the table."""
    workspace_margin: float = 0.025
    """Distance of every path point from the edge of the workspace."""
    points: int = 32
    """Points of a path."""
    window: int = 9
    """Savitzky-Golay window, odd [points]."""
    order: int = 2
    """Order of the Savitzky-Golay polynomial."""

    def __post_init__(self) -> None:
        """Reject settings without a meaning."""
        names = ("reach", "default_radius", "key_points", "min_length", "max_stroke", "retreat_step", "points")
        check_positive(**{name: getattr(self, name) for name in names})
        if not self.min_length <= self.max_stroke <= self.max_length:
            lengths = self.min_length, self.max_stroke, self.max_length
            raise ValueError(f"min_length, max_stroke, max_length are {lengths}; they must not fall")
        if not 0.010 <= self.tip_height <= 0.020:
            raise ValueError(f"tip_height is {self.tip_height} m; 0.010 to 0.020 m over the table is allowed")
        if self.key_points > MAX_POINTS:
            raise ValueError(f"key_points is {self.key_points}; at most {MAX_POINTS} can be connected")
        if self.nms_window % 2 == 0 or self.window % 2 == 0:
            raise ValueError(f"nms_window {self.nms_window} and window {self.window} must be odd")
