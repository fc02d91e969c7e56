"""Gripper orientation as the angles of three revolute joints, and conversions from and to matrices and quaternions.

``R = Rx(a) Ry(b) Rz(c) diag(1, -1, -1)``: all angles zero is top-down with the jaws closing along world x; a and b tilt
the approach direction, c turns the jaws about it. The half turn of c that swaps the two fingers leaves a grasp alike.
"""

import math

import torch

LOCK_COSINE = 1.0e-6
"""Below this cos(b) only the sum or difference of a and c is defined, and a is set to zero."""


def rotation_to_gimbal(rotation: torch.Tensor) -> torch.Tensor:
    """Return the joint angles (a, b, c) [rad], shape (..., 3), of gripper rotations, shape (..., 3, 3), world frame.

    b lies in [-pi/2, pi/2]; c is folded into (-pi/2, pi/2] by the symmetry of the jaws, so that
    ``gimbal_to_rotation`` gives back the rotation or its equal after a half turn about the approach axis.

    Raises:
        ValueError: if the shape is wrong or a number is not finite.
    """
    angles = _angles(rotation)
    return torch.cat((angles[..., :2], fold_jaw(angles[..., 2:])), dim=-1)


def carried_gimbal(grasp: torch.Tensor, place: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the joint angles [rad], (..., 3) each, at which a gripper grasps and to which it carries what it holds.

    A half turn of the jaws is alike where they close, not for what they hold: between the two c turns by what lies
    between the rotations, at most half a turn. Of the two ways to grasp it takes the one that keeps c within half a
    turn of zero.

    Args:
        grasp: gripper rotation when the jaws close, shape (..., 3, 3), world frame.
        place: gripper rotation when they open, shape (..., 3, 3), world frame.

    Raises:
        ValueError: if a shape is wrong or a number is not finite.
    """
    start, end = _angles(grasp), _angles(place)
    turn = end[..., 2:] - start[..., 2:]
    turn = turn - 2.0 * math.pi * torch.ceil(turn / (2.0 * math.pi) - 0.5)
    middle = fold_jaw(start[..., 2:] + 0.5 * turn)
    first, last = middle - 0.5 * turn, middle + 0.5 * turn
    return torch.cat((start[..., :2], first), dim=-1), torch.cat((end[..., :2], last), dim=-1)


def _angles(rotation: torch.Tensor) -> torch.Tensor:
    """Return the joint angles of rotations as they are, c in (-pi, pi]."""
    if rotation.shape[-2:] != (3, 3):
        raise ValueError(f"rotation has shape {tuple(rotation.shape)}; (..., 3, 3) is needed")
    if not torch.isfinite(rotation).all():
        raise ValueError("rotation holds NaN or infinite numbers; finite ones are needed")
    m = rotation * rotation.new_tensor([1.0, -1.0, -1.0])
    cosine = torch.hypot(m[..., 0, 0], m[..., 0, 1])
    locked = cosine < LOCK_COSINE
    a = torch.where(locked, 0.0, torch.atan2(-m[..., 1, 2], m[..., 2, 2]))
    b = torch.atan2(m[..., 0, 2], cosine)
    c = torch.where(locked, torch.atan2(m[..., 1, 0], m[..., 1, 1]), torch.atan2(-m[..., 0, 1], m[..., 0, 0]))
    return torch.stack((a, b, c), dim=-1)


def fold_jaw(angle: torch.Tensor) -> torch.Tensor:
    """Fold jaw angles [rad] of any shape into (-pi/2, pi/2], the two fingers being alike."""
    return angle - math.pi * torch.ceil(angle / math.pi - 0.5)


def unwrap_jaw(angle: torch.Tensor) -> torch.Tensor:
    """Make jaw angles [rad], shape (..., P), continuous along the last dimension.

    The first one is folded into (-pi/2, pi/2]; each later one is the equivalent nearest to the one before it.
    """
    steps = fold_jaw(torch.diff(angle, dim=-1))
    return torch.cat((fold_jaw(angle[..., :1]), steps), dim=-1).cumsum(dim=-1)


def gimbal_to_rotation(angles: torch.Tensor) -> torch.Tensor:
    """Return the gripper rotations, shape (..., 3, 3), world frame, of joint angles (a, b, c) [rad], shape (..., 3)."""
    (sa, sb, sc), (ca, cb, cc) = angles.sin().unbind(-1), angles.cos().unbind(-1)
    closing = torch.stack((cb * cc, ca * sc + sa * sb * cc, sa * sc - ca * sb * cc), dim=-1)
    side = torch.stack((cb * sc, sa * sb * sc - ca * cc, -sa * cc - ca * sb * sc), dim=-1)
    return torch.stack((closing, side, approach_axis(angles)), dim=-1)


def approach_axis(angles: torch.Tensor) -> torch.Tensor:
    """Return the approach direction (gripper +z), shape (..., 3), world frame, of joint angles (..., 3) [rad]."""
    a, b = angles[..., 0], angles[..., 1]
    return torch.stack((-b.sin(), a.sin() * b.cos(), -a.cos() * b.cos()), dim=-1)


def gimbal_to_quaternion(angles: torch.Tensor) -> torch.Tensor:
    """Return unit quaternions (x, y, z, w), shape (..., 4), world frame, of joint angles [rad], shape (..., 3).

    They vary continuously with the angles (no change of sign).
    """
    half = 0.5 * angles
    (sa, sb, sc), (ca, cb, cc) = half.sin().unbind(-1), half.cos().unbind(-1)
    x, y = sa * cb * cc + ca * sb * sc, ca * sb * cc - sa * cb * sc
    z, w = ca * cb * sc + sa * sb * cc, ca * cb * cc - sa * sb * sc
    return torch.stack((w, z, -y, -x), dim=-1)


def quaternion_to_gimbal(quaternion: torch.Tensor) -> torch.Tensor:
    """Return the joint angles (..., 3) [rad] of gripper quaternions (x, y, z, w), shape (..., 4), c folded.

    Raises:
        ValueError: if the shape is wrong, a number is not finite or a quaternion is zero.
    """
    if quaternion.shape[-1] != 4:
        raise ValueError(f"quaternion has shape {tuple(quaternion.shape)}; (..., 4) is needed")
    norm = quaternion.norm(dim=-1, keepdim=True)
    if not (norm > 1.0e-6).all():
        raise ValueError("quaternion holds NaN or is zero; unit quaternions (x, y, z, w) are needed")
    x, y, z, w = (quaternion / norm).unbind(-1)
    rows = (
        torch.stack((1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)), dim=-1),
        torch.stack((2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)), dim=-1),
        torch.stack((2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)), dim=-1),
    )
    return rotation_to_gimbal(torch.stack(rows, dim=-2))


def rotation_travel(start: torch.Tensor, end: torch.Tensor) -> torch.Tensor:
    """Return a bound on the angular speed [rad per unit of progress], shape (...), while all joints move in proportion.

    The exact square is a'^2 + b'^2 + c'^2 + 2 a' c' sin(b); the bound takes the larger |sin(b)| of the two ends, and
    equals the plain angle when only one joint moves. start, end: joint angles [rad], shape (..., 3), |b| <= pi/2.
    """
    return rotation_rate(end - start, torch.maximum(start[..., 1].sin().abs(), end[..., 1].sin().abs()))


def rotation_rate(rates: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
    """Return a bound on the angular speed, shape (...), of joints that turn at rates (..., 3), |sin b| <= sine."""
    return (rates.square().sum(dim=-1) + 2.0 * (rates[..., 0] * rates[..., 2]).abs() * sine).sqrt()


def swing(rates: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
    """Return a bound on the angular acceleration, shape (...), of joints that turn at steady rates (..., 3).

    Joints carry the axes of those after them along: the exact square is (b'c')^2 + (a'c' cos(b))^2 + (a'b')^2
    - 2 a'c' b'^2 sin(b). It is 0 where only one joint turns. sine: largest |sin(b)|.
    """
    a, b, c = rates.abs().unbind(dim=-1)
    return ((b * c).square() + (a * c).square() + (a * b).square() + 2.0 * a * c * b.square() * sine).sqrt()


def rotation_acceleration(rates: torch.Tensor, sine: torch.Tensor, growth: float, pace: float) -> torch.Tensor:
    """Return a bound on the angular acceleration, shape (...), of joints in proportion that pick up speed.

    What speeds up and what swings are not quite square to each other: their product is a'b'c' cos(b).

    Args:
        rates: change of the joints [rad per unit of progress], shape (..., 3).
        sine: largest |sin(b)|, shape (...).
        growth: acceleration of progress.
        pace: speed of progress.
    """
    along, across = growth * rotation_rate(rates, sine), pace**2 * swing(rates, sine)
    return (along.square() + across.square() + 2.0 * growth * pace**2 * rates.prod(dim=-1).abs()).sqrt()
