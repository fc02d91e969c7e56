"""Which poses an arm can take on without touching itself or the table, and which part of the table it serves."""

import math

import torch

from pushgrasp.motion.arm.branch import MOST_TURNS, PERIODS
from pushgrasp.motion.arm.capsules import Capsules, capsules
from pushgrasp.motion.arm.collision import self_distance, table_margin
from pushgrasp.motion.arm.forward import Frames, flange_pose
from pushgrasp.motion.arm.inverse import inverse
from pushgrasp.motion.arm.model import JOINT_LIMITS, ArmsCfg
from pushgrasp.motion.arm.selection import SELF_CLEARANCE
from pushgrasp.motion.gimbal import gimbal_to_rotation

TCP_HEIGHTS = (0.02, 0.10, 0.18, 0.25)
"""Heights over the table at which a cell must be in reach to count [m]: the lowest grasp to the travel height."""

JAW_ANGLES = (0.0, math.pi / 4, math.pi / 2, -math.pi / 4)
"""Angles of the jaws about the vertical; one of them is enough [rad]."""

CHUNK = 500
"""Cells worked on at a time."""


def postures(tcp: Frames, arms: ArmsCfg, width: float = 0.0) -> tuple[torch.Tensor, torch.Tensor, Capsules]:
    """Return the eight postures of each of G arms at T poses, and which of them are possible.

    Args:
        tcp: TCP frames, world frame, shapes (..., G, T, 3, 3) and (..., G, T, 3).
        arms: the arms.
        width: jaw opening [m].

    Returns:
        Joint angles [rad], shape (..., G, T, 8, 6); whether the arm gets there, within its joint limits, away from the
        table and from itself, shape (..., G, T, 8), bool; and its capsules, (..., G, T, 8, C, 2, 3).
    """
    joints = inverse(flange_pose(tcp, arms))
    lead = joints.shape[:-3]
    flat = joints.float().nan_to_num().flatten(-3, -2)
    shapes = capsules(flat, flat.new_full(flat.shape[:-1], width), arms)
    clear = (self_distance(shapes) >= SELF_CLEARANCE) & (table_margin(shapes, arms) >= 0.0)
    possible = clear.view(*lead, -1, 8) & _within_limits(joints)
    ends = shapes.ends.view(*joints.shape[:-1], *shapes.ends.shape[-3:])
    return joints, possible, Capsules(ends, shapes.radius)


def reach_map(arms: ArmsCfg, cells: int = 100, heights: tuple[float, ...] = TCP_HEIGHTS) -> torch.Tensor:
    """Return the cells of the workspace that each arm reaches top-down, shape (G, cells, cells), bool.

    A cell counts if one branch reaches its centre at all heights, with the same jaws: the gripper can descend there.
    Row 0 is the far edge (largest y), column 0 the left one, as in a heightmap.

    Raises:
        ValueError: if there are no cells or no heights.
    """
    if cells < 1 or not heights:
        raise ValueError(f"{cells} cells and {len(heights)} heights; at least one of each is needed")
    centre = ((torch.arange(cells, dtype=torch.float64) + 0.5) / cells - 0.5) * arms.workspace_side
    y, x = torch.meshgrid(-centre, centre, indexing="ij")
    level = torch.tensor(heights, dtype=torch.float64).expand(cells * cells, -1)
    column = torch.stack((x.reshape(-1, 1).expand_as(level), y.reshape(-1, 1).expand_as(level), level), dim=-1)
    parts = [_top_down(part, arms) for part in column.split(CHUNK)]
    return torch.cat(parts, dim=1).view(arms.num_arms, cells, cells)


def _top_down(column: torch.Tensor, arms: ArmsCfg) -> torch.Tensor:
    """Return which columns of points, (P, H, 3) [m], each arm can go down, shape (G, P), bool."""
    points, heights = column.shape[:2]
    position = column.flatten(0, 1).expand(arms.num_arms, -1, -1)
    reached = torch.zeros(arms.num_arms, points, dtype=torch.bool)
    for angle in JAW_ANGLES:
        rotation = gimbal_to_rotation(column.new_tensor([0.0, 0.0, angle])).expand(*position.shape[:-1], 3, 3)
        possible = postures(Frames(rotation, position), arms)[1]
        reached |= possible.view(arms.num_arms, points, heights, -1).all(dim=2).any(dim=-1)
        if reached.all():
            break
    return reached


def _within_limits(joints: torch.Tensor) -> torch.Tensor:
    """Tell which postures (..., 6) some whole periods bring within the joint limits; False for NaN."""
    period, limit = joints.new_tensor(PERIODS), joints.new_tensor(JOINT_LIMITS)
    turns = torch.arange(-MOST_TURNS, MOST_TURNS + 1, device=joints.device)[:, None] * period
    return ((joints[..., None, :] + turns).abs() <= limit).any(dim=-2).all(dim=-1)
