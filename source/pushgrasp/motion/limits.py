"""Speeds, heights, times and the workspace box that every planned motion respects."""

from dataclasses import dataclass

import torch

from pushgrasp.settings import NotNegative, Positive, Settings


@dataclass
class MotionLimits(Settings):
    """Limits and standard distances of the motion primitives, for the TCP in the world frame.

    Speeds and accelerations are peak values: no trajectory exceeds them at any time, in curves and turns neither. The
    box is for the TCP; no corner of pads or palm goes below its bottom (``pushgrasp.motion.table``).

    Raises:
        ValueError: if a number is out of its range, a range is empty or starts below the table, or the grippers would
            travel or wait outside of it.
    """

    free_speed: Positive = 1.0
    """Speed of travel above the clutter [m/s]."""
    approach_speed: Positive = 0.25
    """Speed of approach, descent and placing [m/s]."""
    push_speed: Positive = 0.20
    """Speed along a push path [m/s]."""
    lift_speed: Positive = 0.30
    """Speed of lift and retreat [m/s]."""
    rotation_speed: Positive = 3.0
    """Angular speed of the gripper [rad/s]."""
    finger_speed: Positive = 0.12
    """Speed of the set-point of each finger; the opening changes twice as fast [m/s]."""
    acceleration: Positive = 4.0
    """Acceleration of the TCP [m/s^2]."""
    rotation_acceleration: Positive = 20.0
    """Angular acceleration of the gripper [rad/s^2]."""
    carry_acceleration: Positive = 0.5
    """Acceleration of the TCP while it carries something elsewhere [m/s^2]."""
    carry_rotation_acceleration: Positive = 1.0
    """Angular acceleration of the gripper meanwhile: round things turn in the grip beyond it [rad/s^2]."""
    standoff: NotNegative = 0.10
    """Distance of the pre-grasp pose, back along the approach direction [m]."""
    travel_height: NotNegative = 0.25
    """Least height of the TCP while it travels over the workspace [m]."""
    back_off: NotNegative = 0.02
    """How far a stroke goes back before the gripper rises [m]."""
    lift_height: NotNegative = 0.15
    """How far a grasped object is lifted [m]."""
    place_clearance: NotNegative = 0.005
    """How far above the grasp height an object is let go [m]."""
    close_dwell: NotNegative = 0.15
    """Wait after the finger set-points have closed [s]."""
    hold_time: NotNegative = 0.3
    """Wait at the top of a lift, at whose end the grasp is judged [s]."""
    settle_time: NotNegative = 0.2
    """Wait at home at the end of an action [s]."""
    x_range: tuple[float, float] = (-0.48, 0.48)
    """Workspace box along x [m]."""
    y_range: tuple[float, float] = (-0.48, 0.48)
    """Workspace box along y [m]."""
    z_range: tuple[float, float] = (0.0, 0.6)
    """Workspace box along z; never below the table top at 0 [m]."""
    separation: NotNegative = 0.15
    """Least distance between the paths of two TCPs that push at the same time [m]; nearer ones are not followed."""
    descent_force: Positive = 15.0
    """Contact force along the approach at which a descent stops [N]."""
    push_force: Positive = 80.0
    """Force along its way at which a stroke of the full rig stops [N]."""
    home: tuple[float, float, float] = (0.75, 0.0, 0.35)
    """Home of the right gripper; the left one is its mirror image in x [m]."""
    home_width: NotNegative = 0.0
    """Jaw opening at home [m]."""

    def check(self, where: str) -> None:
        """Reject limits that no motion can respect."""
        super().check(where)
        for name in ("x_range", "y_range", "z_range"):
            low, high = getattr(self, name)
            if low >= high:
                raise ValueError(f"{where}.{name}={low, high}: (low, high) with low < high is needed")
        low, high = self.z_range
        if low < 0.0:
            raise ValueError(f"{where}.z_range={low, high}: nothing below the table (0) is allowed")
        for name, height in (("travel_height", self.travel_height), ("home", self.home[2])):
            if not low <= height <= high:
                value = getattr(self, name)
                raise ValueError(f"{where}.{name}={value}: a height within z_range={low, high} is needed")

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
