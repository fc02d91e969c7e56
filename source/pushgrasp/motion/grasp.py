"""The grasp primitive: reach, close, lift, hold, put back, return (the grasp motion of Wang & Kasaei 2025)."""

import torch

from pushgrasp.gripper import GripperGeometry
from pushgrasp.motion.common import check_finite, check_shapes, raised, return_legs, start_poses
from pushgrasp.motion.gimbal import approach_axis, rotation_to_gimbal
from pushgrasp.motion.legs import Leg, Poses, assemble, join
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.table import clears_table
from pushgrasp.motion.trajectory import Phase, Trajectory

WIDTH_TOLERANCE = 1.0e-6
"""Rounding allowed in a jaw opening at the end of the stroke [m]."""


def plan_grasps(
    home_position: torch.Tensor,
    home_quaternion: torch.Tensor,
    position: torch.Tensor,
    rotation: torch.Tensor,
    width: torch.Tensor,
    arm: torch.Tensor,
    valid: torch.Tensor,
    geometry: GripperGeometry,
    limits: MotionLimits,
) -> Trajectory:
    """Plan one grasp per world: HOME, APPROACH, DESCEND, CLOSE, LIFT, HOLD, PLACE, OPEN, RETREAT, HOME.

    The jaws take the equivalent of the two that needs least turning (c in (-pi/2, pi/2]). ``measure_time`` is the end
    of HOLD. Idle grippers and invalid worlds stay at home, and so do those of worlds that are not reachable: where a
    waypoint lies outside the limits, or a corner of pads or palm would go below the table.

    Args:
        home_position: where each gripper stands [m], shape (G, 3), world frame.
        home_quaternion: its orientation there (x, y, z, w), shape (G, 4).
        position: TCP at the grasp [m], shape (N, 3), world frame.
        rotation: gripper orientation at the grasp, shape (N, 3, 3).
        width: jaw opening before closing [m], shape (N,); outside [0, stroke] it is not reachable.
        arm: which gripper grasps, shape (N,), long.
        valid: whether there is a grasp at all, shape (N,), bool; elsewhere the numbers are not looked at.
        geometry: the gripper.
        limits: speeds, distances and the workspace box.

    Raises:
        ValueError: if a shape is wrong, an arm does not exist or a valid grasp holds a non-finite number.
    """
    grippers = home_position.shape[0]
    _check(grippers, position, rotation, width, arm, valid)
    start = start_poses(home_position.to(position), home_quaternion.to(position), position.shape[0], geometry, limits)
    rotation = torch.where(valid[:, None, None], rotation, torch.eye(3).to(rotation))
    grasp = Poses(
        torch.where(valid[:, None], position, 0.0)[:, None, None].expand(-1, grippers, -1, -1),
        rotation_to_gimbal(rotation)[:, None, None].expand(-1, grippers, -1, -1),
        torch.where(valid, width, 0.0)[:, None, None].expand(-1, grippers, -1),
    )
    task = _task_legs(grasp, limits)
    inside = torch.cat([limits.contains(leg.poses.positions)[:, 0] for leg in task], dim=-1).all(dim=-1)
    fits = (grasp.widths[:, 0, 0] >= 0.0) & (grasp.widths[:, 0, 0] <= geometry.stroke + WIDTH_TOLERANCE)
    gate = start.moved_to(raised(start.positions, limits.travel_height))
    legs = [Leg(Phase.APPROACH, gate, limits.free_speed), *task, *return_legs(gate, start, limits)]
    clear = clears_table(join([start, *(leg.poses for leg in legs)]), geometry, limits).all(dim=1)
    reachable = ~valid | (inside & fits & clear)
    active = (torch.arange(grippers, device=arm.device) == arm[:, None]) & (valid & reachable)[:, None]
    trajectory = assemble(start, legs, active, reachable, limits)
    trajectory.measure_time = trajectory.phase_end(Phase.HOLD).amax(dim=1)
    return trajectory


def _task_legs(grasp: Poses, limits: MotionLimits) -> list[Leg]:
    """Return the legs over the workspace, from above the standoff to above it again."""
    back = grasp.positions - limits.standoff * approach_axis(grasp.angles)
    standoff, over = grasp.moved_to(back), grasp.moved_to(raised(back, limits.travel_height))
    closed = grasp.opened_to(0.0)
    up = grasp.positions.new_tensor([0.0, 0.0, 1.0])
    lifted = closed.moved_to(grasp.positions + limits.lift_height * up)
    placed = closed.moved_to(grasp.positions + limits.place_clearance * up)
    opened = grasp.moved_to(placed.positions)
    return [
        Leg(Phase.APPROACH, over, limits.free_speed),
        Leg(Phase.APPROACH, standoff, limits.approach_speed),
        Leg(Phase.DESCEND, grasp, limits.approach_speed),
        Leg(Phase.CLOSE, closed, limits.approach_speed),
        Leg(Phase.CLOSE, closed, limits.approach_speed, dwell=limits.close_dwell),
        Leg(Phase.LIFT, lifted, limits.lift_speed),
        Leg(Phase.HOLD, lifted, limits.lift_speed, dwell=limits.hold_time),
        Leg(Phase.PLACE, placed, limits.approach_speed),
        Leg(Phase.OPEN, opened, limits.approach_speed),
        Leg(Phase.RETREAT, standoff, limits.lift_speed),
        Leg(Phase.RETREAT, over, limits.lift_speed),
    ]


def _check(
    grippers: int,
    position: torch.Tensor,
    rotation: torch.Tensor,
    width: torch.Tensor,
    arm: torch.Tensor,
    valid: torch.Tensor,
) -> None:
    """Check the shapes and numbers given to ``plan_grasps``."""
    worlds = position.shape[0]
    tensors = {"position": position, "rotation": rotation, "width": width, "arm": arm, "valid": valid}
    shapes = {
        "position": (worlds, 3),
        "rotation": (worlds, 3, 3),
        "width": (worlds,),
        "arm": (worlds,),
        "valid": (worlds,),
    }
    check_shapes(tensors, shapes)
    for name in ("position", "rotation", "width"):
        check_finite(name, tensors[name], valid)
    if (valid & ((arm < 0) | (arm >= grippers))).any():
        raise ValueError(f"arm holds {arm[valid].unique().tolist()}; allowed: {list(range(grippers))}")
