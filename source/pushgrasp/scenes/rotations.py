"""Unit quaternions (x, y, z, w) for placing objects."""

import torch


def multiply(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Product of quaternions (..., 4): the rotation `right` followed by `left`."""
    x1, y1, z1, w1 = left.unbind(-1)
    x2, y2, z2, w2 = right.unbind(-1)
    return torch.stack(
        [
            w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2,
            w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2,
            w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2,
            w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2,
        ],
        dim=-1,
    )


def rotate(quaternion: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
    """Vectors (..., 3) turned by unit quaternions (..., 4); leading dimensions broadcast."""
    axis, angle = quaternion[..., :3], quaternion[..., 3:]
    axis, vectors = torch.broadcast_tensors(axis, vectors)
    turn = 2.0 * torch.linalg.cross(axis, vectors)
    return vectors + angle * turn + torch.linalg.cross(axis, turn)


def about_z(angle: torch.Tensor) -> torch.Tensor:
    """Turns (..., 4) by angles (...) [rad] about z."""
    zero = torch.zeros_like(angle)
    return torch.stack([zero, zero, torch.sin(angle / 2), torch.cos(angle / 2)], dim=-1)


def shortest_arc(start: torch.Tensor, end: torch.Tensor) -> torch.Tensor:
    """Smallest turns (..., 4) that take unit vectors `start` to `end` (..., 3), both of one shape."""
    quaternion = torch.cat([torch.linalg.cross(start, end), 1.0 + (start * end).sum(-1, keepdim=True)], dim=-1)
    x_axis, y_axis = start.new_tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    helper = torch.where(start[..., :1].abs() < 0.5, x_axis, y_axis)
    across = helper - (helper * start).sum(-1, keepdim=True) * start
    half_turn = torch.cat([across, torch.zeros_like(across[..., :1])], dim=-1)
    quaternion = torch.where(quaternion[..., 3:] < 1e-9, half_turn, quaternion)
    return quaternion / quaternion.norm(dim=-1, keepdim=True)


def random_rotations(generator: torch.Generator, count: int) -> torch.Tensor:
    """Rotations (count, 4), float64, spread evenly over all orientations: four normal numbers, normalised."""
    quaternion = torch.randn(count, 4, generator=generator, dtype=torch.float64)
    return quaternion / quaternion.norm(dim=-1, keepdim=True)
