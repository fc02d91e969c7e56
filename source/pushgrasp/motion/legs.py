"""Legs, the pieces of a plan, timed within the limits and joined into a trajectory."""

from dataclasses import dataclass

import torch

from pushgrasp.motion.gimbal import rotation_travel
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.timing import PEAK_ACCELERATION_RATIO, PEAK_RATIO, time_at
from pushgrasp.motion.trajectory import Phase, Trajectory


@dataclass
class Poses:
    """M consecutive gripper poses in each of N worlds and for each of G grippers, world frame."""

    positions: torch.Tensor
    """TCP positions [m], shape (N, G, M, 3)."""
    angles: torch.Tensor
    """Joint angles (a, b, c) [rad], shape (N, G, M, 3), continuous along M."""
    widths: torch.Tensor
    """Jaw openings [m], shape (N, G, M)."""

    def first(self) -> "Poses":
        """Return the first of the M poses alone."""
        return Poses(self.positions[:, :, :1], self.angles[:, :, :1], self.widths[:, :, :1])

    def last(self) -> "Poses":
        """Return the last of the M poses alone."""
        return Poses(self.positions[:, :, -1:], self.angles[:, :, -1:], self.widths[:, :, -1:])

    def moved_to(self, positions: torch.Tensor) -> "Poses":
        """Return the same orientation and opening at other positions [m], shape (N, G, M, 3)."""
        return Poses(positions, self.angles, self.widths)

    def opened_to(self, width: torch.Tensor | float) -> "Poses":
        """Return the same poses with another jaw opening [m], a number or of shape (N, G, 1)."""
        return Poses(self.positions, self.angles, torch.zeros_like(self.widths) + width)

    def where(self, mask: torch.Tensor, other: "Poses") -> "Poses":
        """Keep these poses where mask, shape (N, G), is true; take ``other`` (M or a single pose) elsewhere."""
        keep = mask[:, :, None]
        return Poses(
            torch.where(keep[..., None], self.positions, other.positions),
            torch.where(keep[..., None], self.angles, other.angles),
            torch.where(keep, self.widths, other.widths),
        )


@dataclass
class Leg:
    """Poses passed in one go: the grippers start and end at rest and do not stop in between."""

    phase: Phase
    poses: Poses
    speed: float
    """Largest speed of the TCP [m/s]."""
    dwell: float = 0.0
    """Least duration of the leg [s]; a wait where the pose does not change."""


@dataclass
class _Timed:
    """A leg with its times; start and end have shape (N, G), the times of its poses (N, G, M)."""

    phase: Phase
    poses: Poses
    times: torch.Tensor
    start: torch.Tensor
    end: torch.Tensor

    def bounds(self) -> torch.Tensor:
        """Return start and end repeated for every pose, shape (2, N, G, M)."""
        return torch.stack((self.start, self.end))[..., None].expand(-1, -1, -1, self.times.shape[-1])


def assemble(
    start: Poses, legs: list[Leg], active: torch.Tensor, reachable: torch.Tensor, limits: MotionLimits
) -> Trajectory:
    """Time the legs one after the other and join them; ``measure_time`` is the end of the trajectory.

    The active grippers of a world start and end each leg together; the others stay at their start pose, with all
    times zero.

    Args:
        start: one pose (M = 1) per gripper, where it stands.
        legs: in the order in which they are followed.
        active: which grippers move, shape (N, G), bool.
        reachable: whether the plan keeps the limits, shape (N,), bool; stored in the trajectory.
        limits: speeds and accelerations.
    """
    zero = torch.zeros_like(start.widths)
    pieces = [_Timed(Phase.HOME, start, zero, zero[..., 0], zero[..., 0])]
    for leg in legs:
        masked = Leg(leg.phase, leg.poses.where(active, start), leg.speed, leg.dwell)
        pieces.append(_follow(pieces[-1], masked, active, limits))
    return _to_trajectory(pieces, reachable)


def _follow(before: _Timed, leg: Leg, active: torch.Tensor, limits: MotionLimits) -> _Timed:
    """Start a leg where and when another one ends; the active grippers of a world take the time of the slowest."""
    duration, share = _time_leg(_join([before.poses.last(), leg.poses]), leg, limits)
    duration = torch.where(active, duration, 0.0).amax(dim=1, keepdim=True) * active
    times = before.end[..., None] + duration[..., None] * time_at(share)
    return _Timed(leg.phase, leg.poses, times, before.end, before.end + duration)


def _to_trajectory(pieces: list[_Timed], reachable: torch.Tensor) -> Trajectory:
    """Lay the legs out as the waypoints of one trajectory."""
    poses, times = _join([piece.poses for piece in pieces]), torch.cat([piece.times for piece in pieces], dim=-1)
    leg_starts, leg_ends = torch.cat([piece.bounds() for piece in pieces], dim=-1)
    phases = [int(piece.phase) for piece in pieces for _ in range(piece.times.shape[-1])]
    return Trajectory(
        times=times,
        positions=poses.positions,
        angles=poses.angles,
        widths=poses.widths,
        phases=torch.tensor(phases, device=times.device).expand(times.shape).contiguous(),
        leg_starts=leg_starts,
        leg_ends=leg_ends,
        measure_time=times[..., -1].amax(dim=1),
        reachable=reachable,
    )


def _time_leg(poses: Poses, leg: Leg, limits: MotionLimits) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the duration [s], shape (N, G), and the share of the leg covered at each pose after the first, (N, G, M).

    A segment's cost is the time it takes at full speed: max(translation / speed, rotation / speed, finger / speed).
    Progress follows the summed cost, so the limits hold on every segment; the trapezoid of speed makes the leg 4/3 as
    long as its cost.
    """
    length = torch.diff(poses.positions, dim=2).norm(dim=-1)
    turn = rotation_travel(poses.angles[:, :, :-1], poses.angles[:, :, 1:])
    finger = 0.5 * torch.diff(poses.widths, dim=2).abs()
    cost = torch.stack((length / leg.speed, turn / limits.rotation_speed, finger / limits.finger_speed)).amax(dim=0)
    covered = cost.cumsum(dim=-1)
    total = covered[..., -1:]
    share = torch.where(total > 0.0, covered / total.clamp(min=1.0e-9), 1.0).clamp(max=1.0)
    safe = cost.clamp(min=1.0e-9)
    stretch = (length / safe).amax(dim=-1) / limits.acceleration
    spin = (turn / safe).amax(dim=-1) / limits.rotation_acceleration
    at_speed, total = PEAK_RATIO * total[..., 0], total[..., 0]
    at_acceleration = (PEAK_ACCELERATION_RATIO * total * torch.maximum(stretch, spin)).sqrt()
    return torch.maximum(at_speed, at_acceleration).clamp(min=leg.dwell), share


def _join(parts: list[Poses]) -> Poses:
    """Put poses after one another along M."""
    return Poses(
        torch.cat([part.positions for part in parts], dim=2),
        torch.cat([part.angles for part in parts], dim=2),
        torch.cat([part.widths for part in parts], dim=2),
    )
