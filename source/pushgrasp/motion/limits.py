"""Speeds, heights, times and the workspace box that every planned motion respects."""

import math
from dataclasses import dataclass, fields

import torch


@dataclass
class MotionLimits:
    """Limits and standard distances of the motion primitives, for the TCP in the world frame.

    Speeds and accelerations are peak values: no sampled trajectory exceeds them.

    Raises:
        ValueError: if a value is not finite, a speed or acceleration is not positive, or a range is empty or starts
            below the table.
    """

    free_speed: float = 1.0
    """Speed of travel above the clutter [m/s]."""
    approach_speed: float = 0.25
    """Speed of approach, descent and placing [m/s]."""
    push_speed: float = 0.20
    """Speed along a push path [m/s]."""
    lift_speed: float = 0.30
    """Speed of lift and retreat [m/s]."""
    rotation_speed: float = 3.0
    """Angular speed of the gripper [rad/s]."""
    finger_speed: float = 0.12
    """Speed of the set-point of each finger; the opening changes twice as fast [m/s]."""
    acceleration: float = 4.0
    """Acceleration of the TCP along a straight leg [m/s^2]."""
    rotation_acceleration: float = 20.0
    """Angular acceleration of the gripper [rad/s^2]."""
    standoff: float = 0.10
    """Distance of the pre-grasp pose, back along the approach direction [m]."""
    travel_height: float = 0.25
    """Least height of the TCP while it travels over the workspace [m]."""
    lift_height: float = 0.15
    """How far a grasped object is lifted [m]."""
    place_clearance: float = 0.005
    """How far above the grasp height an object is let go [m]."""
    close_dwell: float = 0.15
    """Wait after the finger set-points have closed [s]."""
    hold_time: float = 0.3
    """Wait at the top of a lift, at whose end the grasp is judged [s]."""
    settle_time: float = 0.2
    """Wait at home at the end of an action [s]."""
    x_range: tuple[float, float] = (-0.48, 0.48)
    """Workspace box along x [m]."""
    y_range: tuple[float, float] = (-0.48, 0.48)
    """Workspace box along y [m]."""
    z_range: tuple[float, float] = (0.0, 0.6)
    """Workspace box along z; never below the table top at 0 [m]."""
    separation: float = 0.15
    """Least distance between the TCPs of two working grippers [m]."""
    descent_force: float = 15.0
    """Contact force along the approach at which a descent stops [N]."""
    home: tuple[float, float, float] = (0.75, 0.0, 0.35)
    """Home of the right gripper; the left one is its mirror image in x [m]."""
    home_width: float = 0.0
    """Jaw opening at home [m]."""

    def __post_init__(self) -> None:
        """Reject limits that no motion can respect."""
        for field in fields(self):
            self._check_field(field.name, getattr(self, field.name))
        if self.z_range[0] < 0.0:
            raise ValueError(
                f"MotionLimits.z_range starts at {self.z_range[0]} m; nothing below the table (0) is allowed"
            )

    @staticmethod
    def _check_field(name: str, value: float | tuple[float, ...]) -> None:
        values = value if isinstance(value, tuple) else (value,)
        if not all(math.isfinite(number) for number in values):
            raise ValueError(f"MotionLimits.{name} is {value}; finite numbers are needed")
        if name.endswith("_range") and values[0] >= values[-1]:
            raise ValueError(f"MotionLimits.{name} is {value}; (low, high) with low < high is needed")
        if name.endswith(("speed", "acceleration", "force")) and values[0] <= 0.0:
            raise ValueError(f"MotionLimits.{name} is {value}; a positive number is needed")
        if not isinstance(value, tuple) and value < 0.0:
            raise ValueError(f"MotionLimits.{name} is {value}; it must not be negative")

    def contains(self, position: torch.Tensor) -> torch.Tensor:
        """Tell which positions [m], shape (..., 3), world frame, lie inside the workspace box; shape (...), bool."""
        if position.shape[-1] != 3:
            raise ValueError(f"position has shape {tuple(position.shape)}; (..., 3) is needed")
        low = position.new_tensor([self.x_range[0], self.y_range[0], self.z_range[0]])
        high = position.new_tensor([self.x_range[1], self.y_range[1], self.z_range[1]])
        return ((position >= low) & (position <= high)).all(dim=-1)


def training_rig_limits() -> MotionLimits:
    """Return the limits of the training rig: free grippers have no arm to carry, so they move faster than the defaults.

    What touches blocks stays slow enough to be quasi-static: a block let go at 0.3 m/s slides 6 mm further.
    """
    return MotionLimits(
        free_speed=2.0,
        approach_speed=0.5,
        push_speed=0.3,
        lift_speed=0.6,
        rotation_speed=6.0,
        finger_speed=0.18,
        acceleration=12.0,
        rotation_acceleration=60.0,
        close_dwell=0.12,
        settle_time=0.1,
    )


def arm_rig_limits() -> MotionLimits:
    """Return the limits of the full rig: an arm weighs 8 kg and more at the tool, so it goes down slowly.

    What it meets at 0.2 m/s feels an impact of 2 N s and more before the descent stops.
    """
    return MotionLimits(approach_speed=0.20, push_speed=0.30, lift_speed=0.40, settle_time=0.1)
