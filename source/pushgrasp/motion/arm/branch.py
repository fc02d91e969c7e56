"""One continuous joint path through a sequence of poses, out of the eight branches of the inverse kinematics."""

import math
from dataclasses import dataclass

import torch

from pushgrasp.motion.arm.inverse import NUM_BRANCHES, wrapped
from pushgrasp.motion.arm.model import JOINT_LIMITS, NUM_JOINTS

PERIODS = (*[2.0 * math.pi] * 5, math.pi)
"""Turns that leave the gripper as it is [rad]: whole ones, and for joint 6 half ones, the two fingers being alike."""

MOST_TURNS = 4
"""Periods by which a joint path is shifted at most, either way."""


@dataclass
class Paths:
    """Joint paths of B arms, C candidates each, the shortest first."""

    joints: torch.Tensor
    """Joint angles [rad], shape (B, C, M, 6), within the limits where found."""
    found: torch.Tensor
    """Which candidates exist, shape (B, C), bool."""
    stuck: torch.Tensor
    """First of the M poses that no path gets to, -1 where all are passed, shape (B,), long."""
    reached: torch.Tensor
    """Whether some branch reaches the pose at which the paths are stuck, shape (B,), bool."""


def best_paths(joints: torch.Tensor, home: torch.Tensor, max_step: float, candidates: int) -> Paths:
    """Find the paths of least joint travel, from home through all poses and back to it.

    Dynamic programming over the branches: of the paths that end in each branch the one of least travel is kept. A path
    may change branch where two of them meet; one on which a joint moves further than ``max_step`` in a step is not
    followed. Each joint is then turned by the whole periods that bring it nearest to home within its limits.

    Args:
        joints: the solutions of M poses [rad], shape (B, M, 8, 6); NaN where there is none.
        home: where the path starts and ends [rad], shape (B, 6).
        max_step: longest step of a joint from pose to pose [rad].
        candidates: how many paths to return at most, up to 8.

    Raises:
        ValueError: if a shape is wrong.
    """
    if joints.shape[2:] != (NUM_BRANCHES, NUM_JOINTS) or home.shape != (len(joints), NUM_JOINTS):
        raise ValueError(
            f"joints and home have shapes {tuple(joints.shape)}, {tuple(home.shape)}; (B, M, 8, 6), (B, 6) are needed"
        )
    costs, origin = _search(joints, home, max_step)
    blocked = ~torch.isfinite(costs).any(dim=-1)
    stuck = torch.where(blocked.any(dim=1), blocked.int().argmax(dim=1), -1)
    reached = ~joints[torch.arange(len(joints)), stuck].isnan().any(dim=-1).all(dim=-1)
    paths = _backtrack(joints, origin)
    steps = wrapped(paths.diff(dim=2))
    unwrapped = torch.cat((paths[:, :, :1], paths[:, :, :1] + steps.cumsum(dim=2)), dim=2)
    placed, within = _turn_near_home(unwrapped, home)
    found = torch.isfinite(costs[:, -1]) & within
    ends = (placed[:, :, [0, -1]] - home[:, None, None]).abs().sum(dim=(-1, -2))
    travel = torch.where(found, steps.abs().sum(dim=(-1, -2)) + ends, math.inf)
    order = travel.argsort(dim=1)[:, :candidates]
    chosen = placed.take_along_dim(order[..., None, None], dim=1)
    return Paths(chosen, found.gather(1, order), stuck, reached)


def _search(joints: torch.Tensor, home: torch.Tensor, max_step: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the least travel to each branch of each pose, (B, M, 8), and the branch before it, (B, M - 1, 8)."""
    coarse = joints.float()
    travel = torch.zeros(1, device=joints.device)
    for angle in coarse.unbind(-1):
        step = wrapped(angle[:, 1:, None] - angle[:, :-1, :, None]).abs_()
        travel = travel + torch.where(step <= max_step, step, math.inf)
    first = wrapped(coarse[:, 0] - home[:, None].float()).abs().sum(dim=-1)
    costs, origin = [first.nan_to_num(nan=math.inf)], []
    for cost in travel.unbind(1):
        least, before = (costs[-1][:, :, None] + cost).min(dim=1)
        costs.append(least)
        origin.append(before)
    origin = torch.stack(origin, dim=1) if origin else coarse.new_zeros(len(coarse), 0, NUM_BRANCHES).long()
    return torch.stack(costs, dim=1), origin


def _backtrack(joints: torch.Tensor, origin: torch.Tensor) -> torch.Tensor:
    """Return the path that ends in each branch, (B, 8, M, 6), of the solutions (B, M, 8, 6)."""
    branch = torch.arange(NUM_BRANCHES, device=joints.device).expand(len(joints), -1)
    branches = [branch]
    for before in reversed(origin.unbind(1)):
        branch = before.gather(1, branch)
        branches.append(branch)
    chosen = torch.stack(branches[::-1], dim=1)
    return joints.take_along_dim(chosen[..., None], dim=2).transpose(1, 2)


def _turn_near_home(paths: torch.Tensor, home: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Shift each joint of (B, C, M, 6) by whole periods to start and end near home; tell which keep the limits."""
    period, limit = paths.new_tensor(PERIODS), paths.new_tensor(JOINT_LIMITS)
    turns = torch.arange(-MOST_TURNS, MOST_TURNS + 1, device=paths.device)
    shift = turns[:, None] * period
    low, high = paths.amin(dim=2)[:, :, None] + shift, paths.amax(dim=2)[:, :, None] + shift
    ends = paths[:, :, [0, -1], None] + shift
    cost = (ends - home[:, None, None, None]).abs().sum(dim=2)
    cost = torch.where((low >= -limit) & (high <= limit), cost, math.inf)
    least, best = cost.min(dim=2)
    return paths + shift.take_along_dim(best.flatten(0, 1), dim=0).view_as(best)[:, :, None], least.isfinite().all(-1)
