"""Arithmetic of batched polylines in the plane: order, length, resampling, straight extensions, smoothing, yaw.

B polylines of Q points each, shape (B, Q, 2) [m]; repeated points are allowed.
"""

import math
from functools import cache
from itertools import permutations

import torch
from scipy.signal import savgol_filter
from torch import Tensor

MAX_POINTS = 7
"""Most points that shortest_order can take: it compares all their orders."""


@cache
def orders(count: int) -> Tensor:
    """All orders of ``count`` points, shape (count!, count), in lexicographic order.

    Raises:
        ValueError: if ``count`` is not in 1..MAX_POINTS.
    """
    if not 1 <= count <= MAX_POINTS:
        raise ValueError(f"count is {count}; 1 to {MAX_POINTS} points can be ordered")
    return torch.tensor(list(permutations(range(count))))


def shortest_order(points: Tensor, present: Tensor) -> Tensor:
    """Order in which the shortest open path visits the ``present`` (B, K) points (B, K, 2); absent points come last.

    Returns:
        Indices, shape (B, K), long; of equally short paths the first in lexicographic order.
    """
    order = orders(points.shape[1]).to(points.device)
    distance = torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")
    steps = distance[:, order[:, :-1], order[:, 1:]]
    both = present[:, order[:, :-1]] & present[:, order[:, 1:]]
    length = (steps * both).sum(dim=-1)
    rank = torch.arange(points.shape[1], device=points.device)
    last = (present[:, order] != (rank < present.sum(dim=1, keepdim=True))[:, None]).any(dim=-1)
    return order[length.masked_fill(last, torch.inf).argmin(dim=1)]


def lengths(line: Tensor) -> Tensor:
    """Length of each polyline [m], shape (B,)."""
    return line.diff(dim=1).norm(dim=-1).sum(dim=1)


def slice_line(line: Tensor, start: Tensor, stop: Tensor, count: int) -> Tensor:
    """``count`` points evenly spaced in arc length between ``start`` and ``stop`` [m], (B,); shape (B, count, 2)."""
    steps = line.diff(dim=1).norm(dim=-1)
    arc = torch.cat((torch.zeros_like(steps[:, :1]), steps.cumsum(dim=1)), dim=1)
    share = torch.linspace(0.0, 1.0, count, device=line.device, dtype=line.dtype)
    at = torch.lerp(start[:, None], stop[:, None], share).clamp(min=0.0)
    segment = (torch.searchsorted(arc, at, right=True) - 1).clamp(0, steps.shape[1] - 1)
    along = (at - arc.gather(1, segment)) / steps.gather(1, segment).clamp_min(1e-9)
    first, second = take(line, segment), take(line, segment + 1)
    return torch.lerp(first, second, along.clamp(0.0, 1.0)[..., None])


def take(line: Tensor, index: Tensor) -> Tensor:
    """Points ``index`` (B, M) of the polylines, shape (B, M, 2)."""
    return line.gather(1, index[..., None].expand(-1, -1, line.shape[2]))


def resample(line: Tensor, count: int) -> Tensor:
    """``count`` points evenly spaced along the whole line."""
    total = lengths(line)
    return slice_line(line, torch.zeros_like(total), total, count)


def end_direction(line: Tensor, fallback: Tensor, span: float = 0.01) -> Tensor:
    """Unit vector (B, 2) in which a line leaves its end, over its last ``span`` [m]; ``fallback`` if it has none."""
    total = lengths(line)
    before = slice_line(line, (total - span).clamp_min(0.0), total, 2)[:, 0]
    offset = line[:, -1] - before
    norm = offset.norm(dim=-1, keepdim=True)
    return torch.where(norm > 1e-4, offset / norm.clamp_min(1e-9), fallback)


def room(origin: Tensor, direction: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """How far one can go from ``origin`` (B, 2) along ``direction`` in the box ``low``..``high`` [m], shape (B,)."""
    wall = torch.where(direction > 0, high, low)
    reach = (wall - origin) / torch.where(direction.abs() < 1e-6, 1e-6, direction)
    return reach.masked_fill(direction.abs() < 1e-6, torch.inf).amin(dim=-1).clamp_min(0.0)


def extend(line: Tensor, missing: Tensor, fallback: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Lengthen lines by ``missing`` (B,) [m]: straight on at the end, and where the box is in the way, at the start.

    Returns:
        Lines of Q + 2 points inside the box; shorter than asked where it leaves no room.
    """
    ahead, back = end_direction(line, fallback), end_direction(line.flip(1), -fallback)
    at_end = torch.minimum(missing, room(line[:, -1], ahead, low, high))
    at_start = torch.minimum(missing - at_end, room(line[:, 0], back, low, high))
    first = line[:, 0] + at_start[:, None] * back
    last = line[:, -1] + at_end[:, None] * ahead
    return torch.cat((first[:, None], line, last[:, None]), dim=1)


def smooth(paths: Tensor, window: int, order: int) -> Tensor:
    """Smooth paths (..., P, D) along P by `scipy.signal.savgol_filter`; both end points stay where they are.

    Device and dtype are those of the input.

    Raises:
        ValueError: if the window is even, not greater than the order or longer than the path.
    """
    if window % 2 == 0 or not order < window <= paths.shape[-2]:
        raise ValueError(f"window is {window}; an odd number above order {order} and up to {paths.shape[-2]} is needed")
    values = paths.detach().cpu().double().numpy()
    smoothed = torch.from_numpy(savgol_filter(values, window, order, axis=-2)).to(paths)
    smoothed[..., 0, :], smoothed[..., -1, :] = paths[..., 0, :], paths[..., -1, :]
    return smoothed


def tangent_yaw(paths: Tensor) -> Tensor:
    """Yaw of the closing axis along the tangent of paths (..., P, 2+), continuous, shape (..., P) [rad].

    The closing axis lies along the motion, so that the broad outer face of a pad (24 mm by 70 mm) meets what is pushed,
    the load presses the shut fingers together, and the palm is narrow across the path. A jaw looks the same turned by
    pi: the path starts in (-pi/2, pi/2], and from point to point the gripper turns by pi/2 at most.
    """
    xy = paths[..., :2]
    before = torch.cat((xy[..., :1, :], xy[..., :-1, :]), dim=-2)
    after = torch.cat((xy[..., 1:, :], xy[..., -1:, :]), dim=-2)
    step = after - before
    axis = torch.atan2(step[..., 1], step[..., 0])
    start = axis[..., :1] - math.pi * torch.ceil(axis[..., :1] / math.pi - 0.5)
    turn = axis.diff(dim=-1)
    turn = turn - math.pi * torch.ceil(turn / math.pi - 0.5)
    return torch.cat((start, start + turn.cumsum(dim=-1)), dim=-1)
