"""Where along a gripper trajectory joint angles are worked out: evenly over each leg, and at its ends."""

from dataclasses import dataclass

import torch

from pushgrasp.motion.timing import progress_at
from pushgrasp.motion.trajectory import Trajectory

SAME_PLACE = 1.0e-6
"""Waypoints this near to the first one, seen from above, are at home [m]."""

LEAST_KNOTS = 4
"""Intervals of a leg, at least."""


@dataclass
class Knots:
    """M instants of a trajectory in each of N worlds, common to the grippers; the last one is repeated."""

    times: torch.Tensor
    """Instants on the trajectory's clock [s], shape (N, M), not decreasing."""
    leg: torch.Tensor
    """Waypoint that ends the leg of the interval before each instant, shape (N, M), long."""
    inner: torch.Tensor
    """Whether an instant lies within a leg, not at its ends, shape (N, M), bool."""
    task_times: torch.Tensor
    """The same, held to the time between leaving home and coming back, shape (N, M) [s]."""
    away: torch.Tensor
    """Share of the way from home to the task, 1 during the task, shape (N, M)."""
    active: torch.Tensor
    """Which grippers move, shape (N, G), bool."""


def lay_knots(trajectory: Trajectory, step: float) -> Knots:
    """Place instants no further apart than ``step`` [s] over the legs of a trajectory.

    Raises:
        ValueError: if the moving grippers of a world do not start and end their legs together.
    """
    active = trajectory.times[..., -1] > 0.0
    starts, ends = (_common(value.double(), active) for value in (trajectory.leg_starts, trajectory.leg_ends))
    next_starts, next_ends = (torch.cat((value[:, 1:], value[:, :1] - 1.0), dim=1) for value in (starts, ends))
    length = torch.where((starts != next_starts) | (ends != next_ends), ends - starts, 0.0)
    counts = torch.where(length > 0.0, torch.ceil(length / step).clamp(min=LEAST_KNOTS), 0.0).long()
    covered = counts.cumsum(dim=1)
    index = (
        torch.arange(max(2, int(covered[:, -1].max()) + 1), device=covered.device).expand(len(covered), -1).contiguous()
    )
    leg = torch.searchsorted(covered, index).clamp(max=covered.shape[1] - 1)
    passed = index - (covered - counts).gather(1, leg)
    share = (passed.double() / counts.gather(1, leg).clamp(min=1)).clamp(max=1.0)
    times = starts.gather(1, leg) + share * length.gather(1, leg)
    task_times, away = _away_from_home(trajectory, active, times)
    return Knots(times, leg, (passed > 0) & (share < 1.0), task_times, away, active)


def _common(value: torch.Tensor, active: torch.Tensor) -> torch.Tensor:
    """Return what the moving grippers share, shape (N, K), of a value (N, G, K); zeros where none moves."""
    most = torch.where(active[..., None], value, 0.0).amax(dim=1)
    if ((value != most[:, None]) & active[..., None]).any():
        raise ValueError("the grippers of a world start or end their legs at different times; one clock is needed")
    return most


def _away_from_home(
    trajectory: Trajectory, active: torch.Tensor, times: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the times held to the task, (N, M), and the share of the way from home to it, (N, M)."""
    shift = trajectory.positions[..., :2] - trajectory.positions[..., :1, :2]
    out = ((shift.abs().amax(dim=-1) > SAME_PLACE) & active[..., None]).any(dim=1)
    last = out.shape[1] - 1
    first_out = out.int().argmax(dim=1, keepdim=True)
    last_out = last - out.flip(1).int().argmax(dim=1, keepdim=True)
    starts, ends = (_common(value.double(), active) for value in (trajectory.leg_starts, trajectory.leg_ends))
    leave, arrive = starts.gather(1, first_out), ends.gather(1, first_out)
    depart, back = ends.gather(1, last_out), ends.gather(1, (last_out + 1).clamp(max=last))
    going = progress_at(((times - leave) / (arrive - leave).clamp(min=SAME_PLACE)).clamp(0.0, 1.0))
    coming = progress_at(((times - depart) / (back - depart).clamp(min=SAME_PLACE)).clamp(0.0, 1.0))
    away = torch.where(out.any(dim=1, keepdim=True), going * (1.0 - coming), 0.0)
    return torch.maximum(torch.minimum(times, depart), arrive), away
