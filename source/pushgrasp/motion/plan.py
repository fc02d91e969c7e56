"""An action as a timed trajectory of the grippers."""

from __future__ import annotations

from torch import Tensor

from pushgrasp.gripper import GripperGeometry
from pushgrasp.interface.action import Action, Kind
from pushgrasp.motion.apart import keep_apart
from pushgrasp.motion.grasp import plan_grasps, plan_moves
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.push import plan_pushes
from pushgrasp.motion.trajectory import Trajectory


def plan_action(
    home_position: Tensor, home_quaternion: Tensor, action: Action, geometry: GripperGeometry, limits: MotionLimits
) -> Trajectory:
    """Plan what the arms of each world do.

    Two pushes go in step; otherwise each gripper has its own time line, and one waits at home where they would come
    too near to each other. Nothing moves in a world where one of the motions is not reachable.

    Args:
        home_position: where each gripper stands [m], shape (G, 3), world frame.
        home_quaternion: its orientation there (x, y, z, w), shape (G, 4).
        action: what they do, G arms.
        geometry: the gripper.
        limits: speeds, distances and the workspace box.

    Raises:
        ValueError: for another number of arms, an unknown kind, a place outside the limits, or a number that is needed
            and not finite.
    """
    _check(action, len(home_position), limits)
    home, scene = (home_position, home_quaternion), (geometry, limits)
    grasps, pushes, moves = (action.valid & (action.kind == kind) for kind in (Kind.GRASP, Kind.PUSH, Kind.MOVE))
    pick, place = (action.position, action.rotation, action.width), (action.place_position, action.place_rotation)
    trajectory = None
    if bool(grasps.any()):
        trajectory = plan_grasps(*home, *pick, grasps, *scene)
    if bool(moves.any()):
        moved = plan_moves(*home, *pick, *place, moves, *scene)
        trajectory = moved if trajectory is None else moved.where(moves, trajectory)
    if trajectory is None or bool(pushes.any()):
        pushed = plan_pushes(*home, action.path, action.yaw, pushes, *scene)
        trajectory = pushed if trajectory is None else pushed.where(pushes, trajectory)
    followed = trajectory.reachable[:, None].expand_as(pushes)
    trajectory = trajectory.where(followed, trajectory.resting())
    if len(home_position) == 1:
        return trajectory
    both = trajectory.working.all(dim=1)
    return keep_apart(trajectory, both & ~pushes.all(dim=1), *scene)


def _check(action: Action, arms: int, limits: MotionLimits) -> None:
    """Raise ValueError for what cannot be planned."""
    if action.kind.shape[1] != arms:
        raise ValueError(f"the action is for {action.kind.shape[1]} arms; there are {arms}")
    known = [int(kind) for kind in Kind]
    if bool(((action.kind < known[0]) | (action.kind > known[-1])).any()):
        kinds = ", ".join(f"{int(kind)} ({kind.name})" for kind in Kind)
        raise ValueError(f"the action holds kinds {action.kind.unique().tolist()}; kinds: {kinds}")
    place = action.place_position
    outside = action.valid & (action.kind == Kind.MOVE) & place.isfinite().all(dim=-1) & ~limits.contains(place)
    if bool(outside.any()):
        box = f"x {limits.x_range}, y {limits.y_range}, z {limits.z_range}"
        raise ValueError(f"a place is outside the workspace: {place[outside][0].tolist()} m; allowed: {box}")
