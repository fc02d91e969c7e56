"""Timed gripper trajectories, sampled for all worlds and grippers at once."""

from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property

import torch

from pushgrasp.motion.bends import bends, offset
from pushgrasp.motion.gimbal import approach_axis, gimbal_to_quaternion
from pushgrasp.motion.timing import progress_at


class Phase(IntEnum):
    """What a gripper does on the segment that ends at a waypoint."""

    HOME = 0
    APPROACH = 1
    DESCEND = 2
    CLOSE = 3
    LIFT = 4
    HOLD = 5
    PLACE = 6
    OPEN = 7
    RETREAT = 8
    PUSH = 9


@dataclass
class GripperTargets:
    """Set-points of every gripper, world frame; the leading shape is (N, G), or (N, G, T) from ``sample_many``.

    The angles are the joints (a, b, c) of ``pushgrasp.motion.gimbal``; along one trajectory they never jump.
    """

    position: torch.Tensor
    """TCP positions [m], shape (N, G, 3)."""
    angles: torch.Tensor
    """Joint angles (a, b, c) [rad], shape (N, G, 3)."""
    width: torch.Tensor
    """Jaw openings [m], shape (N, G)."""
    phase: torch.Tensor
    """``Phase`` numbers, shape (N, G), long."""

    @cached_property
    def approach(self) -> torch.Tensor:
        """Approach directions (gripper +z), shape (N, G, 3)."""
        return approach_axis(self.angles)

    def at(self, index: int) -> "GripperTargets":
        """Return the set-points at one of the T times of ``sample_many``."""
        one = GripperTargets(
            self.position[:, :, index], self.angles[:, :, index], self.width[:, :, index], self.phase[:, :, index]
        )
        one.__dict__["approach"] = self.approach[:, :, index]  # worked out for all times at once
        return one

    @property
    def quaternion(self) -> torch.Tensor:
        """TCP orientations (x, y, z, w), shape (N, G, 4)."""
        return gimbal_to_quaternion(self.angles)


@dataclass(eq=False)
class Trajectory:
    """Waypoints of G grippers in N worlds, K each, and the legs that join them.

    A leg is a run of segments that starts and ends at rest (``pushgrasp.motion.timing``): a push path is one leg of
    many segments. Within a leg the velocity does not jump: where segments meet at an angle or at different speeds they
    are bent (``pushgrasp.motion.bends``). On all others position, joint angles and opening move in proportion, so a
    gripper that tilts never tilts further than at its ends, and the jaw angle can pass +-pi/2. A gripper without a task
    has all its times zero and stays at home.

    Raises:
        ValueError: if the shapes do not fit together.
    """

    times: torch.Tensor
    """When each waypoint is reached, not decreasing, the first at 0 [s], shape (N, G, K)."""
    positions: torch.Tensor
    """TCP positions [m], shape (N, G, K, 3), world frame."""
    angles: torch.Tensor
    """Joint angles (a, b, c) [rad], shape (N, G, K, 3), continuous along K."""
    widths: torch.Tensor
    """Jaw openings [m], shape (N, G, K)."""
    phases: torch.Tensor
    """``Phase`` of the segment that ends at each waypoint, shape (N, G, K), long."""
    leg_starts: torch.Tensor
    """When the leg of that segment starts [s], shape (N, G, K)."""
    leg_ends: torch.Tensor
    """When the leg of that segment ends [s], shape (N, G, K)."""
    reachable: torch.Tensor
    """False where a waypoint was outside the limits; that world's grippers stay at home. Shape (N,), bool."""
    _segments: torch.Tensor = field(init=False, repr=False)
    _bends: torch.Tensor | None = field(init=False, repr=False)
    """Bends at the start and the end of each segment, shape (N, G, K, 14); None where all are straight."""

    def __post_init__(self) -> None:
        """Check the shapes and lay out the segments for sampling."""
        shape = tuple(self.times.shape)
        if len(shape) != 3 or 0 in shape:
            raise ValueError(f"times has shape {shape}; (N, G, K), none of them zero, is needed")
        for name, tail in (
            ("positions", (3,)),
            ("angles", (3,)),
            ("widths", ()),
            ("phases", ()),
            ("leg_starts", ()),
            ("leg_ends", ()),
        ):
            found = tuple(getattr(self, name).shape)
            if found != shape + tail:
                raise ValueError(f"{name} has shape {found}; {shape + tail} is needed")
        if tuple(self.reachable.shape) != shape[:1]:
            raise ValueError(f"reachable has shape {tuple(self.reachable.shape)}; {shape[:1]} is needed")
        self._segments, self._bends = self._layout()

    def _layout(self) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Per segment: start state 7, change 7, leg start, 1 / duration, progress at start, 1 / share; its bends."""
        state = torch.cat((self.positions, self.angles, self.widths[..., None]), dim=-1)
        start = torch.cat((state[..., :1, :], state[..., :-1, :]), dim=-2)
        start_times = torch.cat((self.times[..., :1], self.times[..., :-1]), dim=-1)
        rate = _reciprocal(self.leg_ends - self.leg_starts)
        before = progress_at(((start_times - self.leg_starts) * rate).clamp(0.0, 1.0))
        after = progress_at(((self.times - self.leg_starts) * rate).clamp(0.0, 1.0))
        timing = torch.stack((self.leg_starts, rate, before, _reciprocal(after - before)), dim=-1)
        bent = torch.cat(bends(state - start, after - before, self._joined(after - before)), dim=-1)
        return torch.cat((start, state - start, timing), dim=-1), bent if bool(bent.any()) else None

    def _joined(self, share: torch.Tensor) -> torch.Tensor:
        """Return which segments go on in the leg of the one before, shape (N, G, K - 1), bool."""
        same_leg = (self.leg_starts.diff(dim=-1) == 0.0) & (self.leg_ends.diff(dim=-1) == 0.0)
        return same_leg & (share[..., 1:] > 0.0) & (share[..., :-1] > 0.0)

    @property
    def duration(self) -> torch.Tensor:
        """When the last gripper of each world is done [s], shape (N,)."""
        return self.times[..., -1].amax(dim=1)

    @property
    def working(self) -> torch.Tensor:
        """Which grippers have a task, shape (N, G), bool."""
        return self.times[..., -1] > 0.0

    @property
    def measure_time(self) -> torch.Tensor:
        """When it is judged what each gripper has lifted: the end of HOLD [s], 0 without one; shape (N, G)."""
        return self.phase_end(Phase.HOLD)

    @property
    def quaternions(self) -> torch.Tensor:
        """Orientations (x, y, z, w) at the waypoints, shape (N, G, K, 4)."""
        return gimbal_to_quaternion(self.angles)

    def tcp_positions(self, t: torch.Tensor) -> torch.Tensor:
        """Return where the TCPs are at T times t (N, T) [s], shape (N, G, T, 3) [m]."""
        return self.sample_many(t).position

    def phase_end(self, phase: Phase) -> torch.Tensor:
        """Return when each gripper last is in a phase [s], shape (N, G); 0 where it never is."""
        return torch.where(self.phases == phase, self.times, 0.0).amax(dim=-1)

    def sample(self, t: torch.Tensor) -> GripperTargets:
        """Return the set-points at time t [s], shape (N,), one clock per world; held before 0 and after the end."""
        if t.shape != self.times.shape[:1]:
            raise ValueError(f"t has shape {tuple(t.shape)}; ({self.times.shape[0]},) is needed")
        return self.sample_many(t[:, None]).at(0)

    def sample_many(self, t: torch.Tensor) -> GripperTargets:
        """Return the set-points at T times t [s]; the leading shape of the targets is (N, G, T).

        Args:
            t: one clock per world, shape (N, T), or one per gripper, shape (N, G, T).
        """
        worlds, grippers, waypoints = self.times.shape
        if t.shape[:-1] not in ((worlds,), (worlds, grippers)):
            raise ValueError(f"t has shape {tuple(t.shape)}; ({worlds}, T) or ({worlds}, {grippers}, T) is needed")
        clock = t.to(self.times).view(worlds, -1, t.shape[-1]).expand(-1, grippers, -1).contiguous()
        index = torch.searchsorted(self.times, clock, right=True).clamp_(max=waypoints - 1)
        segment = self._segments.gather(2, index[..., None].expand(-1, -1, -1, self._segments.shape[-1]))
        start, change, (leg_start, rate, before, inverse) = (
            segment[..., :7],
            segment[..., 7:14],
            segment[..., 14:].unbind(-1),
        )
        share = ((progress_at(((clock - leg_start) * rate).clamp_(0.0, 1.0)) - before) * inverse).clamp_(0.0, 1.0)
        state = start + share[..., None] * change
        if self._bends is not None:
            bent = self._bends.gather(2, index[..., None].expand(-1, -1, -1, self._bends.shape[-1]))
            state = state + offset(bent[..., :7], bent[..., 7:], share)
        return GripperTargets(state[..., :3], state[..., 3:6], state[..., 6], self.phases.gather(2, index))

    def where(self, grippers: torch.Tensor, other: "Trajectory") -> "Trajectory":
        """Keep the grippers of a mask, shape (N, G), bool, and take the others from another trajectory.

        A world is reachable if it is in both.

        Raises:
            ValueError: if the two are not for the same worlds and grippers.
        """
        shapes = tuple(tuple(value.shape[:2]) for value in (grippers, self.times, other.times))
        if len(set(shapes)) > 1:
            raise ValueError(
                f"the mask and the trajectories are for {shapes} worlds and grippers; equal ones are needed"
            )
        waypoints = max(self.times.shape[2], other.times.shape[2])
        merged = {}
        for name in _PER_WAYPOINT:
            mine, its = (_pad(getattr(plan, name), waypoints) for plan in (self, other))
            merged[name] = torch.where(grippers.view(*grippers.shape, *[1] * (mine.ndim - 2)), mine, its)
        return Trajectory(**merged, reachable=self.reachable & other.reachable)

    def resting(self) -> "Trajectory":
        """Return the trajectory of grippers that stay where these start."""
        still = {name: torch.zeros_like(getattr(self, name)) for name in _CLOCKS}
        return replace(
            self, **still, **{name: getattr(self, name)[:, :, :1].expand_as(getattr(self, name)) for name in _POSES}
        )

    def delayed(self, delay: torch.Tensor) -> "Trajectory":
        """Return the trajectory with each gripper waiting at its start at first for ``delay`` [s], shape (N, G)."""
        shift = torch.where(self.working, delay.to(self.times), 0.0)[..., None]
        later = {name: getattr(self, name) + shift for name in ("times", "leg_starts", "leg_ends")}
        for value in later.values():
            value[..., 0] = 0.0
        return replace(self, **later)


_POSES = ("positions", "angles", "widths")
_CLOCKS = ("times", "phases", "leg_starts", "leg_ends")
_PER_WAYPOINT = (*_POSES, *_CLOCKS)


def _pad(value: torch.Tensor, waypoints: int) -> torch.Tensor:
    """Repeat the last waypoint of (N, G, K, ...) until there are as many as asked for."""
    return torch.cat((value, *[value[:, :, -1:]] * (waypoints - value.shape[2])), dim=2)


def _reciprocal(value: torch.Tensor) -> torch.Tensor:
    """Return 1 / value, and 0 where the value is not positive."""
    return torch.where(value > 0.0, 1.0 / value.clamp(min=torch.finfo(value.dtype).tiny), 0.0)
