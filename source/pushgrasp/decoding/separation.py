"""Distance between the paths of two arms, whatever their timing."""

import torch
from torch import Tensor


def least_distance(first: Tensor, second: Tensor) -> Tensor:
    """Smallest distance between any point of path ``first`` (N, P, 2) and any of ``second`` [m], shape (N,).

    A bound for every time law, hence also for two grippers that move at the same time.
    """
    return torch.cdist(first, second, compute_mode="donot_use_mm_for_euclid_dist").amin(dim=(1, 2))


def palm_ends(path: Tensor, yaw: Tensor, half: float) -> tuple[Tensor, Tensor]:
    """End points (N, P, 2) of the palm's centre line, ``half`` [m] to either side along the closing axis."""
    offset = half * torch.stack((yaw.cos(), yaw.sin()), dim=-1)
    return path - offset, path + offset


def point_to_segment(point: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """Distance of points to segments, broadcast over leading dimensions (..., 2) [m]."""
    along = end - start
    share = ((point - start) * along).sum(-1) / along.square().sum(-1).clamp_min(1e-12)
    return (point - start - share.clamp(0.0, 1.0)[..., None] * along).norm(dim=-1)


def palm_clearance(paths: Tensor, yaw: Tensor, palm_width: float, palm_breadth: float) -> Tensor:
    """Gap between the two palms over every pair of poses on paths (N, 2, P, 2) with yaw (N, 2, P) [m], shape (N,).

    A palm counts as a stadium of ``palm_width`` by ``palm_breadth`` [m]. Centre lines that cross are not looked for:
    the two paths lie on either side of a strip. Negative where palms overlap.
    """
    half = max(palm_width - palm_breadth, 0.0) / 2
    first = [end[:, :, None] for end in palm_ends(paths[:, 0], yaw[:, 0], half)]
    second = [end[:, None] for end in palm_ends(paths[:, 1], yaw[:, 1], half)]
    gaps = [point_to_segment(end, *second) for end in first] + [point_to_segment(end, *first) for end in second]
    return torch.stack(gaps).amin(dim=(0, 2, 3)) - palm_breadth


def are_apart(paths: Tensor, yaw: Tensor, separation: float, palm: tuple[float, float]) -> Tensor:
    """Whether two arms can follow paths (N, 2, P, 2) with yaw (N, 2, P) at the same time, with any timing; bool (N,).

    Args:
        paths: TCP points [m].
        yaw: direction of the closing axes [rad].
        separation: least distance of the TCPs [m].
        palm: width and breadth of the palm [m].
    """
    apart = least_distance(paths[:, 0], paths[:, 1]) >= separation - 1e-6
    return apart & (palm_clearance(paths, yaw, *palm) > 0.0)
