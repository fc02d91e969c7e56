"""Where the grippers stand, which one grasps, and how close two of them come."""

import torch

from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.trajectory import Trajectory

NUM_ARMS = (1, 2)
"""Numbers of arms that exist. Arm 0 stands on the left (-x), arm 1 on the right."""

SPACING = 0.005
"""Places of a path at which its distance to another one is taken [m]."""

ROUNDING = 1.0e-5
"""Rounding allowed in that distance [m]."""


def home_poses(
    num_arms: int, limits: MotionLimits, device: torch.device | str | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return home positions [m], shape (G, 3), and top-down quaternions (x, y, z, w), shape (G, 4), world frame.

    Raises:
        ValueError: if there are not one or two arms.
    """
    _check_num_arms(num_arms)
    x, y, z = limits.home
    positions = torch.tensor([[-x, y, z], [x, y, z]][:num_arms], device=device)
    return positions, torch.tensor([[1.0, 0.0, 0.0, 0.0]], device=device).repeat(num_arms, 1)


def choose_arm(position: torch.Tensor, num_arms: int) -> torch.Tensor:
    """Return the arm, shape (N,), long, on whose side a position [m], shape (N, 3), world frame, lies; 1 at x = 0.

    Raises:
        ValueError: if the shape is wrong, a number is NaN or there are not one or two arms.
    """
    _check_num_arms(num_arms)
    if position.ndim != 2 or position.shape[1] != 3:
        raise ValueError(f"position has shape {tuple(position.shape)}; (N, 3) is needed")
    if torch.isnan(position).any():
        raise ValueError("position holds NaN; numbers are needed")
    return (position[:, 0] >= 0.0).long() * (num_arms - 1)


def min_separation(
    trajectory: Trajectory, dt: float, travel_height: float = MotionLimits.travel_height
) -> torch.Tensor:
    """Return the least distance [m], shape (N,), of the TCPs of two grippers while both are below the travel height.

    It is taken every ``dt`` [s]. Infinite for a single gripper and where the two are never low at the same time.

    Raises:
        ValueError: if dt is not positive.
    """
    if not dt > 0.0:
        raise ValueError(f"dt is {dt}; a positive number of seconds is needed")
    worlds, grippers = trajectory.times.shape[:2]
    if grippers == 1:
        return trajectory.times.new_full((worlds,), float("inf"))
    steps = int(trajectory.duration.max() / dt) + 2
    clock = dt * torch.arange(steps, device=trajectory.times.device, dtype=trajectory.times.dtype)
    position = trajectory.sample_many(clock.expand(worlds, -1)).position
    low = (position[..., 2] < travel_height - 1.0e-6).all(dim=1)
    distance = (position[:, 0] - position[:, 1]).norm(dim=-1)
    return torch.where(low, distance, float("inf")).amin(dim=-1)


def are_apart(paths: torch.Tensor, active: torch.Tensor, separation: float) -> torch.Tensor:
    """Tell in which worlds, shape (N,), bool, no two active grippers' paths come nearer to each other than allowed.

    The distance counts whatever the timing, from any place of one path to any of the other.

    Args:
        paths: points joined by straight lines [m], shape (N, G, P, 3).
        active: which grippers follow theirs, shape (N, G), bool.
        separation: least distance [m].
    """
    if paths.shape[1] == 1 or not bool(active.all(dim=1).any()):
        return torch.ones_like(active[:, 0])
    longest = float(torch.where(active[..., None], paths.diff(dim=2).norm(dim=-1), 0.0).amax())
    share = torch.linspace(0.0, 1.0, int(longest / SPACING) + 2, dtype=paths.dtype, device=paths.device)[:, None]
    left, right = torch.lerp(paths[:, :, :-1, None], paths[:, :, 1:, None], share).flatten(2, 3).unbind(dim=1)
    distance = torch.cdist(left, right, compute_mode="donot_use_mm_for_euclid_dist").amin(dim=(1, 2))
    return (distance >= separation - ROUNDING) | ~active.all(dim=1)


def _check_num_arms(num_arms: int) -> None:
    if num_arms not in NUM_ARMS:
        raise ValueError(f"there are {num_arms} arms; allowed: {NUM_ARMS}")
