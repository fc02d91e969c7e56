"""The push primitive: closed grippers sweep along one path each, two of them in step (Wang & Kasaei 2025)."""

import torch

from pushgrasp.gripper import GripperGeometry
from pushgrasp.motion.arms import are_apart
from pushgrasp.motion.common import check_finite, check_shapes, raised, return_legs, start_poses
from pushgrasp.motion.gimbal import unwrap_jaw
from pushgrasp.motion.legs import Leg, Poses, assemble, control_points, join
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.table import clears_table
from pushgrasp.motion.trajectory import Phase, Trajectory

SAME = 1.0e-6
"""Points of a path this near to each other are the same [m, rad]."""


def plan_pushes(
    home_position: torch.Tensor,
    home_quaternion: torch.Tensor,
    paths: torch.Tensor,
    yaw: torch.Tensor,
    active: torch.Tensor,
    geometry: GripperGeometry,
    limits: MotionLimits,
) -> Trajectory:
    """Plan one push per world: HOME, APPROACH, DESCEND, PUSH, RETREAT, HOME; both grippers change phase together.

    RETREAT goes back a little before it rises: fingers that rise while they press on a heap carry parts of it along.
    The yaw is folded by the symmetry of the jaws at the start and continuous from there, so it may pass +-pi/2 on the
    way. The gripper passes every point without a jump of its velocity. Inactive grippers stay at home, and so do all of
    a world where a path leaves the limits, a gripper would go below the table or two paths come too near to each other.

    Args:
        home_position: where each gripper stands [m], shape (G, 3), world frame.
        home_quaternion: its orientation there (x, y, z, w), shape (G, 4).
        paths: TCP points of the closed, top-down gripper [m], shape (N, G, P, 3), P >= 2, world frame.
        yaw: angle of the closing direction from world x at each point [rad], shape (N, G, P).
        active: which grippers push, shape (N, G), bool; the numbers of the others are not looked at.
        geometry: the gripper.
        limits: speeds, distances and the workspace box.

    Raises:
        ValueError: if a shape is wrong, a path is shorter than two points or an active one holds a non-finite number.
    """
    _check(home_position, paths, yaw, active)
    start = start_poses(home_position.to(paths), home_quaternion.to(paths), paths.shape[0], geometry, limits)
    push = Leg(Phase.PUSH, _push_poses(paths, yaw, active), limits.push_speed)
    over = push.poses.moved_to(raised(push.poses.positions, limits.travel_height))
    back = push.poses.last().moved_to(_behind(push.poses.positions, limits.back_off))
    passed = torch.cat((push.poses.positions, over.positions, control_points(push, limits)), dim=2)
    gate = start.moved_to(raised(start.positions, limits.travel_height))
    legs = [
        Leg(Phase.APPROACH, gate, limits.free_speed),
        Leg(Phase.APPROACH, over.first(), limits.free_speed),
        Leg(Phase.DESCEND, push.poses.first(), limits.approach_speed),
        push,
        Leg(Phase.RETREAT, back, limits.push_speed),
        Leg(Phase.RETREAT, back.moved_to(raised(back.positions, limits.travel_height)), limits.lift_speed),
        *return_legs(gate, start, limits),
    ]
    clear = clears_table(join([start, *(leg.poses for leg in legs)]), geometry, limits)
    fine = limits.contains(passed).all(dim=-1) & clear
    reachable = (fine | ~active).all(dim=1) & are_apart(push.poses.positions, active, limits.separation)
    return assemble(start, legs, active & reachable[:, None], reachable, limits, in_step=True)


def _behind(path: torch.Tensor, distance: float) -> torch.Tensor:
    """Return the points so far [m] behind the ends of paths (N, G, P, 3), at most back to their beginning."""
    end = path[:, :, -1:]
    far = (path - end).norm(dim=-1)
    number = ((far >= distance) * torch.arange(far.shape[2], device=path.device)).amax(dim=2, keepdim=True)
    way = path.take_along_dim(number[..., None], dim=2) - end
    share = distance / far.take_along_dim(number, dim=2).clamp_min(SAME)
    return end + share.clamp(max=1.0)[..., None] * way


def _push_poses(paths: torch.Tensor, yaw: torch.Tensor, active: torch.Tensor) -> Poses:
    """Return the closed, top-down gripper at the points of a path, shape (N, G, P); zeros where not active."""
    yaw = torch.where(active[..., None], yaw.to(paths), 0.0)
    turn = unwrap_jaw(yaw)
    level = torch.zeros_like(turn)
    positions = torch.where(active[..., None, None], paths, 0.0)
    return _without_repeats(Poses(positions, torch.stack((level, level, turn), dim=-1), level))


def _without_repeats(poses: Poses) -> Poses:
    """Return the poses with those that repeat the one before left out, and the last one repeated instead."""
    state = torch.cat((poses.positions, poses.angles), dim=-1)
    repeated = torch.nn.functional.pad((state.diff(dim=2).abs() < SAME).all(dim=-1), (1, 0))
    last = (~repeated).sum(dim=2, keepdim=True) - 1
    index = torch.minimum(torch.arange(state.shape[2], device=state.device), last)
    kept = repeated.int().argsort(dim=2, stable=True).gather(2, index)[..., None].expand(-1, -1, -1, 3)
    return Poses(poses.positions.gather(2, kept), poses.angles.gather(2, kept), poses.widths)


def _check(home_position: torch.Tensor, paths: torch.Tensor, yaw: torch.Tensor, active: torch.Tensor) -> None:
    """Check the shapes and numbers given to ``plan_pushes``."""
    if paths.ndim != 4 or paths.shape[2] < 2:
        raise ValueError(f"paths has shape {tuple(paths.shape)}; (N, G, P, 3) with P >= 2 is needed")
    worlds, grippers, points = paths.shape[0], home_position.shape[0], paths.shape[2]
    tensors = {"paths": paths, "yaw": yaw, "active": active}
    shapes = {"paths": (worlds, grippers, points, 3), "yaw": (worlds, grippers, points), "active": (worlds, grippers)}
    check_shapes(tensors, shapes)
    check_finite("paths", paths, active)
    check_finite("yaw", yaw, active)
