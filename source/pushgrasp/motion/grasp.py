"""Grasp and move: reach, close, lift, hold, put back or down elsewhere (the grasp motion of Wang & Kasaei 2025)."""

import torch

from pushgrasp.gripper import GripperGeometry
from pushgrasp.motion.common import check_finite, check_shapes, raised, return_legs, start_poses
from pushgrasp.motion.gimbal import approach_axis, carried_gimbal, rotation_to_gimbal
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
    active: torch.Tensor,
    geometry: GripperGeometry,
    limits: MotionLimits,
) -> Trajectory:
    """Plan grasps: HOME, APPROACH, DESCEND, CLOSE, LIFT, HOLD, PLACE, OPEN, RETREAT, HOME.

    The jaws take the equivalent of the two that needs least turning (c in (-pi/2, pi/2]). Grippers that are not active
    stay at home, and so do all of a world that is not reachable: where a waypoint lies outside the limits, or a corner
    of pads or palm would go below the table. Each gripper takes its own time; what they would meet is not looked at.

    Args:
        home_position: where each gripper stands [m], shape (G, 3), world frame.
        home_quaternion: its orientation there (x, y, z, w), shape (G, 4).
        position: TCP at the grasp [m], shape (N, G, 3), world frame.
        rotation: gripper orientation at the grasp, shape (N, G, 3, 3).
        width: jaw opening before closing [m], shape (N, G); outside [0, stroke] it is not reachable.
        active: which grippers grasp, shape (N, G), bool; the numbers of the others are not looked at.
        geometry: the gripper.
        limits: speeds, distances and the workspace box.

    Raises:
        ValueError: if a shape is wrong or an active grasp holds a non-finite number.
    """
    grasp = _grasp_poses(position, rotation, width, active)
    task = [*_pick_legs(grasp, limits), *_put_legs(grasp, grasp, limits)]
    return _plan(home_position, home_quaternion, grasp, task, active, geometry, limits)


def plan_moves(
    home_position: torch.Tensor,
    home_quaternion: torch.Tensor,
    position: torch.Tensor,
    rotation: torch.Tensor,
    width: torch.Tensor,
    place_position: torch.Tensor,
    place_rotation: torch.Tensor,
    active: torch.Tensor,
    geometry: GripperGeometry,
    limits: MotionLimits,
) -> Trajectory:
    """Plan moves: grasps that carry what they hold over the clutter and put it down elsewhere.

    Phases, arguments and errors are those of :func:`plan_grasps`; PLACE is the way from the hold to the place. As where
    a grasp puts back, the jaws open a little above (``limits.place_clearance``).

    Args:
        home_position: where each gripper stands [m], shape (G, 3), world frame.
        home_quaternion: its orientation there (x, y, z, w), shape (G, 4).
        position: TCP at the grasp [m], shape (N, G, 3), world frame.
        rotation: gripper orientation at the grasp, shape (N, G, 3, 3).
        width: jaw opening [m], shape (N, G).
        place_position: TCP where the object is put down [m], shape (N, G, 3), world frame.
        place_rotation: gripper orientation there, shape (N, G, 3, 3).
        active: which grippers move something, shape (N, G), bool.
        geometry: the gripper.
        limits: speeds, distances and the workspace box.
    """
    grasp = _grasp_poses(position, rotation, width, active)
    grasp, place = _carried(grasp, rotation, place_position, place_rotation, active)
    top = torch.maximum(grasp.positions[..., 2:], place.positions[..., 2:]) + limits.lift_height
    top = top.clamp(min=limits.travel_height)
    closed = grasp.opened_to(0.0)
    carry = [
        Leg(Phase.PLACE, closed.moved_to(_at_height(grasp.positions, top)), limits.lift_speed, gentle=True),
        Leg(
            Phase.PLACE, place.opened_to(0.0).moved_to(_at_height(place.positions, top)), limits.lift_speed, gentle=True
        ),
    ]
    task = [*_pick_legs(grasp, limits), *carry, *_put_legs(place, grasp, limits)]
    return _plan(home_position, home_quaternion, grasp, task, active, geometry, limits)


def _plan(
    home_position: torch.Tensor,
    home_quaternion: torch.Tensor,
    grasp: Poses,
    task: list[Leg],
    active: torch.Tensor,
    geometry: GripperGeometry,
    limits: MotionLimits,
) -> Trajectory:
    """Return the way from home through the legs of a task and back; nothing moves in worlds that are not reachable."""
    start = start_poses(
        home_position.to(grasp.positions), home_quaternion.to(grasp.positions), len(active), geometry, limits
    )
    gate = start.moved_to(raised(start.positions, limits.travel_height))
    legs = [Leg(Phase.APPROACH, gate, limits.free_speed), *task, *return_legs(gate, start, limits)]
    inside = torch.cat([limits.contains(leg.poses.positions) for leg in task], dim=-1).all(dim=-1)
    fits = (grasp.widths[..., 0] >= 0.0) & (grasp.widths[..., 0] <= geometry.stroke + WIDTH_TOLERANCE)
    clear = clears_table(join([start, *(leg.poses for leg in legs)]), geometry, limits)
    reachable = (~active | (inside & fits & clear)).all(dim=1)
    return assemble(start, legs, active & reachable[:, None], reachable, limits)


def _grasp_poses(position: torch.Tensor, rotation: torch.Tensor, width: torch.Tensor, active: torch.Tensor) -> Poses:
    """Return the open gripper at the grasp, M = 1; any pose where not active."""
    shape = tuple(active.shape)
    check_shapes(
        {"position": position, "rotation": rotation, "width": width},
        {"position": (*shape, 3), "rotation": (*shape, 3, 3), "width": shape},
    )
    for name, value in (("position", position), ("rotation", rotation), ("width", width)):
        check_finite(name, value, active)
    return Poses(
        _where_active(position, active)[:, :, None],
        rotation_to_gimbal(_rotations(rotation, active))[:, :, None],
        torch.where(active, width, 0.0)[..., None],
    )


def _carried(
    grasp: Poses,
    rotation: torch.Tensor,
    place_position: torch.Tensor,
    place_rotation: torch.Tensor,
    active: torch.Tensor,
) -> tuple[Poses, Poses]:
    """Return the gripper at the grasp, turned so that it can carry on, and at the place, as wide; M = 1."""
    shape = tuple(active.shape)
    places = {"place_position": place_position, "place_rotation": place_rotation}
    check_shapes(places, {"place_position": (*shape, 3), "place_rotation": (*shape, 3, 3)})
    for name, value in places.items():
        check_finite(name, value, active)
    start, end = carried_gimbal(_rotations(rotation, active), _rotations(place_rotation, active))
    place = Poses(_where_active(place_position, active)[:, :, None], end[:, :, None], grasp.widths)
    return Poses(grasp.positions, start[:, :, None], grasp.widths), place


def _rotations(rotation: torch.Tensor, active: torch.Tensor) -> torch.Tensor:
    return torch.where(active[..., None, None], rotation, torch.eye(3).to(rotation))


def _where_active(position: torch.Tensor, active: torch.Tensor) -> torch.Tensor:
    return torch.where(active[..., None], position, 0.0)


def _at_height(positions: torch.Tensor, height: torch.Tensor) -> torch.Tensor:
    """Return positions [m], shape (..., 3), at heights (..., 1) [m]."""
    return torch.cat((positions[..., :2], height), dim=-1)


def _pick_legs(grasp: Poses, limits: MotionLimits) -> list[Leg]:
    """Return the legs from above the standoff of a grasp to the end of the hold."""
    standoff, over = _standoff(grasp, limits)
    closed = grasp.opened_to(0.0)
    lifted = closed.moved_to(grasp.positions + limits.lift_height * _up(grasp))
    return [
        Leg(Phase.APPROACH, over, limits.free_speed),
        Leg(Phase.APPROACH, standoff, limits.approach_speed),
        Leg(Phase.DESCEND, grasp, limits.approach_speed),
        Leg(Phase.CLOSE, closed, limits.approach_speed),
        Leg(Phase.CLOSE, closed, limits.approach_speed, dwell=limits.close_dwell),
        Leg(Phase.LIFT, lifted, limits.lift_speed),
        Leg(Phase.HOLD, lifted, limits.lift_speed, dwell=limits.hold_time),
    ]


def _put_legs(place: Poses, grasp: Poses, limits: MotionLimits) -> list[Leg]:
    """Return the legs from over a place to above its standoff; the jaws open as wide as before the grasp."""
    standoff, over = _standoff(place, limits)
    placed = place.opened_to(0.0).moved_to(place.positions + limits.place_clearance * _up(place))
    return [
        Leg(Phase.PLACE, placed, limits.approach_speed),
        Leg(Phase.OPEN, placed.opened_to(grasp.widths), limits.approach_speed),
        Leg(Phase.RETREAT, standoff, limits.lift_speed),
        Leg(Phase.RETREAT, over, limits.lift_speed),
    ]


def _standoff(grasp: Poses, limits: MotionLimits) -> tuple[Poses, Poses]:
    """Return the pose back along the approach, and the one over it at the travel height."""
    back = grasp.positions - limits.standoff * approach_axis(grasp.angles)
    return grasp.moved_to(back), grasp.moved_to(raised(back, limits.travel_height))


def _up(poses: Poses) -> torch.Tensor:
    return poses.positions.new_tensor([0.0, 0.0, 1.0])
