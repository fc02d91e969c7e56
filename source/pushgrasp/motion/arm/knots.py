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
    """M instants on the time line of each of G grippers in N worlds; the last one is repeated."""

    times: torch.Tensor
    """Instants on the trajectory's clock [s], shape (N, G, M), not decreasing."""
    leg: torch.Tensor
    """Waypoint that ends the leg of the interval before each instant, shape (N, G, M), long."""
    inner: torch.Tensor
    """Whether an instant lies within a leg, not at its ends, shape (N, G, M), bool."""
    task_times: torch.Tensor
    """The same, held to the time between leaving home and coming back, shape (N, G, M) [s]."""
    away: torch.Tensor
    """Share of the way from home to the task, 1 during the task, shape (N, G, M)."""
    active: torch.Tensor
    """Which grippers move, shape (N, G), bool."""
    in_step: torch.Tensor
    """In which worlds all grippers move and start and end their legs together, shape (N,), bool."""


def lay_knots(trajectory: Trajectory, step: float) -> Knots:
    """Place instants no further apart than ``step`` [s] over the legs of each gripper's trajectory."""
    active = trajectory.working
    starts, ends = trajectory.leg_starts.double(), trajectory.leg_ends.double()
    next_starts, next_ends = (torch.cat((value[..., 1:], value[..., :1] - 1.0), dim=-1) for value in (starts, ends))
    length = torch.where((starts != next_starts) | (ends != next_ends), ends - starts, 0.0)
    counts = torch.where(length > 0.0, torch.ceil(length / step).clamp(min=LEAST_KNOTS), 0.0).long()
    covered = counts.cumsum(dim=-1)
    index = torch.arange(max(2, int(covered[..., -1].max()) + 1), device=covered.device)
    index = index.expand(*covered.shape[:2], -1).contiguous()
    leg = torch.searchsorted(covered, index.clamp(min=1)).clamp(max=covered.shape[-1] - 1)
    passed = index - (covered - counts).gather(-1, leg)
    share = (passed.double() / counts.gather(-1, leg).clamp(min=1)).clamp(max=1.0)
    times = starts.gather(-1, leg) + share * length.gather(-1, leg)
    together = ((starts == starts[:, :1]) & (ends == ends[:, :1])).flatten(1).all(dim=1)
    return Knots(
        times,
        leg,
        (passed > 0) & (share < 1.0),
        *_away_from_home(trajectory, times),
        active,
        together & active.all(dim=1),
    )


def _away_from_home(trajectory: Trajectory, times: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the times held to the task and the share of the way from home to it, both (N, G, M)."""
    shift = trajectory.positions[..., :2] - trajectory.positions[..., :1, :2]
    out = (shift.abs().amax(dim=-1) > SAME_PLACE) & trajectory.working[..., None]
    last = out.shape[-1] - 1
    first_out = out.int().argmax(dim=-1, keepdim=True)
    last_out = last - out.flip(-1).int().argmax(dim=-1, keepdim=True)
    starts, ends = trajectory.leg_starts.double(), trajectory.leg_ends.double()
    leave, arrive = starts.gather(-1, first_out), ends.gather(-1, first_out)
    depart, back = ends.gather(-1, last_out), ends.gather(-1, (last_out + 1).clamp(max=last))
    going = progress_at(((times - leave) / (arrive - leave).clamp(min=SAME_PLACE)).clamp(0.0, 1.0))
    coming = progress_at(((times - depart) / (back - depart).clamp(min=SAME_PLACE)).clamp(0.0, 1.0))
    away = torch.where(out.any(dim=-1, keepdim=True), going * (1.0 - coming), 0.0)
    return torch.maximum(torch.minimum(times, depart), arrive), away
