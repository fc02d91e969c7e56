"""Legs, the pieces of a plan, timed within the limits and joined into a trajectory."""

from dataclasses import dataclass, replace

import torch

from pushgrasp.motion.bends import accelerations, bends, velocities
from pushgrasp.motion.gimbal import rotation_acceleration, rotation_rate, rotation_travel, swing
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
    gentle: bool = False
    """Whether something is carried elsewhere, for which other accelerations hold."""

    def accelerations(self, limits: MotionLimits) -> tuple[float, float]:
        """Return the limits of acceleration [m/s^2] and angular acceleration [rad/s^2]."""
        if not self.gentle:
            return limits.acceleration, limits.rotation_acceleration
        carried = limits.carry_acceleration, limits.carry_rotation_acceleration
        return min(limits.acceleration, carried[0]), min(limits.rotation_acceleration, carried[1])


@dataclass
class _Pace:
    """What each of B legs may do, all of shape (B, 1)."""

    speed: torch.Tensor
    """Largest speed of the TCP [m/s]."""
    acceleration: torch.Tensor
    """Largest acceleration [m/s^2]."""
    rotation_acceleration: torch.Tensor
    """Largest angular acceleration [rad/s^2]."""
    dwell: torch.Tensor
    """Least duration [s]."""

    @classmethod
    def of(cls, legs: list[Leg], limits: MotionLimits) -> "_Pace":
        """Return that of K legs in N worlds each, B = K N, world by world in each leg."""
        widths = legs[0].poses.widths
        rows = [(leg.speed, *leg.accelerations(limits), leg.dwell) for leg in legs]
        return cls(*widths.new_tensor(rows).repeat_interleave(len(widths), dim=0).split(1, dim=1))


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
    start: Poses,
    legs: list[Leg],
    active: torch.Tensor,
    reachable: torch.Tensor,
    limits: MotionLimits,
    in_step: bool = False,
) -> Trajectory:
    """Time the legs one after the other and join them.

    Grippers that are not active stay at their start pose, with all times zero.

    Args:
        start: one pose (M = 1) per gripper, where it stands.
        legs: in the order in which they are followed.
        active: which grippers move, shape (N, G), bool.
        reachable: whether the plan keeps the limits, shape (N,), bool; stored in the trajectory.
        limits: speeds and accelerations.
        in_step: whether the active grippers of a world start and end each leg together, with the slowest.
    """
    zero = torch.zeros_like(start.widths)
    pieces = [_Timed(Phase.HOME, start, zero, zero[..., 0], zero[..., 0])]
    legs = [replace(leg, poses=leg.poses.where(active, start)) for leg in legs]
    for leg, (duration, share) in zip(legs, _time_legs(start, legs, limits), strict=True):
        duration = torch.where(active, duration, 0.0)
        if in_step:
            duration = duration.amax(dim=1, keepdim=True) * active
        before = pieces[-1].end
        times = before[..., None] + duration[..., None] * time_at(share)
        pieces.append(_Timed(leg.phase, leg.poses, times, before, before + duration))
    return _to_trajectory(pieces, reachable)


def _time_legs(start: Poses, legs: list[Leg], limits: MotionLimits) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return what :func:`_time` tells of each leg, which begins where the one before ends; as long ones at once."""
    before = [start, *(leg.poses.last() for leg in legs)]
    ways = [join([first, leg.poses]) for first, leg in zip(before, legs, strict=False)]
    found: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
    for size in {way.widths.shape[-1] for way in ways}:
        same = [index for index, way in enumerate(ways) if way.widths.shape[-1] == size]
        timed = _time(_stack([ways[i] for i in same]), _Pace.of([legs[i] for i in same], limits), limits)
        parts = (value.split(len(start.widths)) for value in timed)
        found.update(zip(same, zip(*parts, strict=True), strict=True))
    return [found[index] for index in range(len(legs))]


def _to_trajectory(pieces: list[_Timed], reachable: torch.Tensor) -> Trajectory:
    """Lay the legs out as the waypoints of one trajectory."""
    poses, times = join([piece.poses for piece in pieces]), torch.cat([piece.times for piece in pieces], dim=-1)
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
        reachable=reachable,
    )


def _time(poses: Poses, pace: _Pace, limits: MotionLimits) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the durations [s], (B, G), of B legs, and the share of each covered at its poses but the first, (B, G, M).

    A segment's cost is the time it takes at full speed: max(translation / speed, rotation / speed, finger / speed).
    Progress follows the summed cost, so the limits hold on every straight segment; the trapezoid of speed makes the leg
    4/3 as long as its cost, or longer where bends or accelerations ask for it.
    """
    length, turn, cost = _costs(poses, pace.speed[..., None], limits)
    covered = cost.cumsum(dim=-1)
    total = covered[..., -1:]
    share = torch.where(total > 0.0, covered / total.clamp(min=1.0e-9), 1.0).clamp(max=1.0)
    safe = cost.clamp(min=1.0e-9)
    stretch = (length / safe).amax(dim=-1) / pace.acceleration
    spin = (turn / safe).amax(dim=-1) / pace.rotation_acceleration
    at_speed, total = PEAK_RATIO * total[..., 0], total[..., 0]
    slowed, curved = _time_bends(poses, _shares(cost), pace, limits)
    at_acceleration = (PEAK_ACCELERATION_RATIO * total * torch.maximum(stretch, spin)).sqrt()
    return torch.stack((at_speed, slowed, at_acceleration, curved)).amax(dim=0).maximum(pace.dwell), share


def _time_bends(
    poses: Poses, share: torch.Tensor, pace: _Pace, limits: MotionLimits
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the durations [s], (B, G), that speed and acceleration ask for where a leg bends or turns about many axes.

    The acceleration of a curve has two parts, which may add up: along it as progress speeds up, and across it.
    """
    change, start, end = _bent(poses, share)
    safe = share.clamp(min=1.0e-9)[..., None]
    bent = ((start != 0.0) | (end != 0.0)).any(dim=-1)
    velocity = velocities(change, start, end) / safe
    bend = accelerations(start, end) / safe**2
    sine = poses.angles[..., 1].sin().abs()
    sine = torch.maximum(sine[:, :, 1:], sine[:, :, :-1])
    move, turn = velocity[..., :3].norm(dim=-1), velocity[..., 3:6]
    finger = 0.5 * velocity[..., 6].abs()
    rates = torch.stack(
        (move / pace.speed[..., None], rotation_rate(turn, sine) / limits.rotation_speed, finger / limits.finger_speed)
    )
    slowed = PEAK_RATIO * torch.where(bent, rates, 0.0).flatten(0, 1).amax(dim=(0, -1))
    across, around = (PEAK_RATIO**2 * part.norm(dim=-1).amax(dim=0) for part in (bend[..., :3], bend[..., 3:6]))
    pull = PEAK_ACCELERATION_RATIO * move.amax(dim=0) + across
    twist = rotation_acceleration(turn, sine, PEAK_ACCELERATION_RATIO, PEAK_RATIO).amax(dim=0) + around
    several = (swing(turn, sine) > 0.0).any(dim=0)
    pull = torch.where(bent, pull, 0.0) / pace.acceleration[..., None]
    twist = torch.where(bent | several, twist, 0.0) / pace.rotation_acceleration[..., None]
    return slowed, torch.maximum(pull, twist).amax(dim=-1).sqrt()


def control_points(leg: Leg, limits: MotionLimits) -> torch.Tensor:
    """Return positions [m], shape (N, G, 2 (M - 1), 3), within whose hull, with its poses, the TCP stays on a leg."""
    *_, cost = _costs(leg.poses, leg.speed, limits)
    change, start, end = (value[..., :3] for value in _bent(leg.poses, _shares(cost)))
    after = leg.poses.positions[:, :, :-1] + (change + start) / 3.0
    before = leg.poses.positions[:, :, 1:] - (change + end) / 3.0
    return torch.cat((after, before), dim=2)


def _costs(
    poses: Poses, speed: torch.Tensor | float, limits: MotionLimits
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return length [m], angle [rad] and least time at full speed [s] of each segment, each of shape (N, G, M - 1)."""
    length = torch.diff(poses.positions, dim=2).norm(dim=-1)
    turn = rotation_travel(poses.angles[:, :, :-1], poses.angles[:, :, 1:])
    finger = 0.5 * torch.diff(poses.widths, dim=2).abs()
    times = length / speed, turn / limits.rotation_speed, finger / limits.finger_speed
    return length, turn, torch.stack(times).amax(dim=0)


def _shares(cost: torch.Tensor) -> torch.Tensor:
    """Return the share of a leg's progress that each segment takes, shape (N, G, M)."""
    return cost / cost.sum(dim=-1, keepdim=True).clamp(min=1.0e-9)


def _bent(poses: Poses, share: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the change over each segment of one leg and its bends at the start and the end, each (N, G, M - 1, 7)."""
    state = torch.cat((poses.positions, poses.angles, poses.widths[..., None]), dim=-1)
    change = state.diff(dim=2)
    return change, *bends(change, share, (share[..., 1:] > 0.0) & (share[..., :-1] > 0.0))


def _stack(parts: list[Poses]) -> Poses:
    """Put poses after one another along N."""
    return Poses(
        torch.cat([part.positions for part in parts]),
        torch.cat([part.angles for part in parts]),
        torch.cat([part.widths for part in parts]),
    )


def join(parts: list[Poses]) -> Poses:
    """Put poses after one another along M."""
    return Poses(
        torch.cat([part.positions for part in parts], dim=2),
        torch.cat([part.angles for part in parts], dim=2),
        torch.cat([part.widths for part in parts], dim=2),
    )
