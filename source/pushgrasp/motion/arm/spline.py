"""Cubic joint splines through evenly spaced knots of each leg, and how much slower a leg must go for the limits."""

import torch


def slopes(joints: torch.Tensor, inner: torch.Tensor) -> torch.Tensor:
    """Return the change per interval at each knot, (N, G, M, 6): that of a Catmull-Rom spline, 0 at a leg's ends.

    Args:
        joints: joint angles at the knots [rad], shape (N, G, M, 6).
        inner: which knots lie within a leg, shape (N, G, M), bool.
    """
    middle = 0.5 * (joints[:, :, 2:] - joints[:, :, :-2])
    rest = torch.zeros_like(joints[:, :, :1])
    slope = torch.cat((rest, middle, rest), dim=2) if joints.shape[2] > 1 else rest
    return torch.where(inner[..., None], slope, 0.0)


def coefficients(joints: torch.Tensor, slope: torch.Tensor) -> torch.Tensor:
    """Return the cubic of each interval, shape (N, G, M - 1, 4, 6), constant term first, over a share in [0, 1]."""
    start, change = joints[:, :, :-1], joints.diff(dim=2)
    before, after = slope[:, :, :-1], slope[:, :, 1:]
    square, cube = 3.0 * change - 2.0 * before - after, before + after - 2.0 * change
    return torch.stack((start, before, square, cube), dim=-2)


def evaluate(cubic: torch.Tensor, share: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return value and derivative, shape (..., 6), of cubics (..., 4, 6) at a share of their interval, shape (...)."""
    constant, linear, square, cube = cubic.unbind(-2)
    u = share[..., None]
    value = constant + u * (linear + u * (square + u * cube))
    return value, linear + u * (2.0 * square + u * (3.0 * cube))


def least_time(cubic: torch.Tensor, speed: float, acceleration: float) -> torch.Tensor:
    """Return how long each interval must take at least [s], shape (N, G, M - 1), to keep the limits of all joints.

    The peaks are exact: the derivative of a cubic is largest at its ends or at the vertex of its parabola.

    Args:
        cubic: as ``coefficients`` returns them.
        speed: limit [rad/s].
        acceleration: limit [rad/s^2].
    """
    _, linear, square, cube = cubic.unbind(-2)
    end = linear + 2.0 * square + 3.0 * cube
    vertex = torch.where(cube.abs() > 1.0e-12, -square / (3.0 * cube), 0.0).clamp(0.0, 1.0)
    middle = linear + vertex * (2.0 * square + 3.0 * vertex * cube)
    rate = torch.stack((linear, end, middle)).abs().amax(dim=(0, -1))
    change = torch.stack((2.0 * square, 2.0 * square + 6.0 * cube)).abs().amax(dim=(0, -1))
    return torch.maximum(rate / speed, (change / acceleration).sqrt())
