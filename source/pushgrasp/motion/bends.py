"""Smooth passage through the waypoints of a leg: segments are cubics that take over each other's velocity.

A state is (x, y, z, a, b, c, width) [m, rad, m]; change and velocity are counted per segment, over a share of it in
[0, 1], and ``start`` and ``end`` are the bends of a segment: how much faster than on average it begins and ends.
"""

import torch

ROUNDING = (3.0e-5,) * 3 + (1.0e-3,) * 3 + (3.0e-5,)
"""Velocities (per leg) that differ by no more go straight on [m, rad, m]."""

_GROUPS = (3, 3, 1)


def bends(change: torch.Tensor, share: torch.Tensor, joined: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the bends at the start and at the end of each segment, each of shape (..., K, 7); 0 where it is straight.

    Two joined segments meet with the velocity of the parabola through their three waypoints, or the lower one of their
    own two where that is slower: no waypoint is passed faster than before and after it.

    Args:
        change: change of the state over each segment, shape (..., K, 7).
        share: share of its leg's progress that each segment takes, shape (..., K).
        joined: whether each segment but the first goes on where the one before it ends, shape (..., K - 1), bool.
    """
    tiny = torch.finfo(share.dtype).tiny
    velocity = change / share.clamp(min=tiny)[..., None]
    before, after = velocity[..., :-1, :], velocity[..., 1:, :]
    own, other = share[..., :-1, None], share[..., 1:, None]
    bent = joined[..., None] & ((after - before).abs() > change.new_tensor(ROUNDING)).any(dim=-1, keepdim=True)
    mean = after + other / (own + other).clamp(min=tiny) * (before - after)
    limit = torch.minimum(_sizes(before), _sizes(after))
    passing = mean * (limit / _sizes(mean).clamp(min=tiny)).clamp(max=1.0)
    straight = torch.zeros_like(change[..., :1, :])
    start = torch.where(bent, other * passing - change[..., 1:, :], 0.0)
    end = torch.where(bent, own * passing - change[..., :-1, :], 0.0)
    return torch.cat((straight, start), dim=-2), torch.cat((end, straight), dim=-2)


def offset(start: torch.Tensor, end: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """Return how far bent segments are beside straight ones, (..., 7), at a share of them in [0, 1], shape (...)."""
    u = share[..., None]
    return u * (1.0 - u) * ((1.0 - u) * start - u * end)


def velocities(change: torch.Tensor, start: torch.Tensor, end: torch.Tensor) -> torch.Tensor:
    """Return velocities between which all of a segment's lie, shape (3, ..., 7): control points of its derivative."""
    return torch.stack((change + start, change - start - end, change + end))


def accelerations(start: torch.Tensor, end: torch.Tensor) -> torch.Tensor:
    """Return the accelerations at the ends of a segment, between which all others lie, shape (2, ..., 7)."""
    return torch.stack((-4.0 * start - 2.0 * end, 2.0 * start + 4.0 * end))


def _sizes(state: torch.Tensor) -> torch.Tensor:
    """Return the sizes of translation, rotation and opening (..., 7), each at all of its places."""
    parts = state.split(_GROUPS, dim=-1)
    return torch.cat([part.norm(dim=-1, keepdim=True).expand_as(part) for part in parts], dim=-1)
