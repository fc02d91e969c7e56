"""Timed joint trajectories of one or two arms, sampled for all worlds at once."""

from dataclasses import dataclass

import torch

from pushgrasp.motion.arm.failure import Failure
from pushgrasp.motion.arm.spline import evaluate
from pushgrasp.motion.trajectory import Trajectory


@dataclass
class JointTargets:
    """Set-points of every arm; the leading shape is (N, G), or (N, G, T) from ``sample_many``."""

    joints: torch.Tensor
    """Joint angles [rad], shape (N, G, 6)."""
    velocity: torch.Tensor
    """Joint velocities [rad/s], shape (N, G, 6)."""
    width: torch.Tensor
    """Jaw openings [m], shape (N, G)."""
    phase: torch.Tensor
    """``Phase`` numbers, shape (N, G), long."""


@dataclass(eq=False)
class JointTrajectory:
    """A gripper trajectory carried out by arms, each on a clock that runs slower wherever its joints need time.

    Arms whose grippers go in step have equal clocks. Angles and velocities are continuous in time: a rig yields by
    holding a world's time (both arms stop where they are once it stands still) and lets it run on later; one that is
    pushed off its path keeps the offset and finds the joint angles for it with ``inverse.nearest``. Arms of worlds that
    are not reachable stay at home.
    """

    source: Trajectory
    """What the grippers do."""
    clock: torch.Tensor
    """When each of M knots is reached, not decreasing [s], shape (N, G, M)."""
    source_clock: torch.Tensor
    """Times of the knots on the source's clock [s], shape (N, G, M)."""
    cubic: torch.Tensor
    """Joint angles over each interval, as ``spline.coefficients`` [rad], shape (N, G, M - 1, 4, 6)."""
    failure: torch.Tensor
    """``Failure`` numbers, shape (N, G), long."""
    failed_waypoint: torch.Tensor
    """Waypoint of the source on the way to which the failure occurs, -1 without one, shape (N, G), long."""

    @property
    def reachable(self) -> torch.Tensor:
        """Which worlds are carried out, shape (N,), bool."""
        return (self.failure == Failure.NONE).all(dim=1)

    @property
    def duration(self) -> torch.Tensor:
        """When the last arm of each world is done [s], shape (N,)."""
        return self.clock[..., -1].amax(dim=1)

    @property
    def measure_time(self) -> torch.Tensor:
        """When it is judged what each arm has lifted: the end of HOLD [s], 0 without one; shape (N, G)."""
        held = self.source.measure_time
        there = _interpolate(held[..., None], self.source_clock, self.clock)[0][..., 0]
        return torch.where(self.reachable[:, None] & (held > 0.0), there, 0.0)

    def tcp_positions(self, t: torch.Tensor) -> torch.Tensor:
        """Return where the TCPs are meant to be at T times t (N, T) [s], shape (N, G, T, 3) [m]."""
        return self.source.sample_many(self.at_clock(t)).position

    def at_source_time(self, t: torch.Tensor) -> torch.Tensor:
        """Return when each arm is where its gripper is in the source at times t (N, T) [s], shape (N, G, T)."""
        return _interpolate(self._per_arm(t), self.source_clock, self.clock)[0]

    def at_clock(self, t: torch.Tensor) -> torch.Tensor:
        """Return where on the source's clock each arm is at times t (N, T) [s], shape (N, G, T)."""
        return _interpolate(self._per_arm(t), self.clock, self.source_clock)[0]

    def _per_arm(self, t: torch.Tensor) -> torch.Tensor:
        return t[:, None].expand(-1, self.clock.shape[1], -1)

    def sample(self, t: torch.Tensor) -> JointTargets:
        """Return the set-points at time t [s], shape (N,), one clock per world; held before 0 and after the end."""
        if t.shape != self.clock.shape[:1]:
            raise ValueError(f"t has shape {tuple(t.shape)}; ({self.clock.shape[0]},) is needed")
        many = self.sample_many(t[:, None])
        return JointTargets(many.joints[:, :, 0], many.velocity[:, :, 0], many.width[:, :, 0], many.phase[:, :, 0])

    def sample_many(self, t: torch.Tensor) -> JointTargets:
        """Return the set-points at T times t [s], shape (N, T); the leading shape of the targets is (N, G, T)."""
        if t.ndim != 2 or t.shape[0] != self.clock.shape[0]:
            raise ValueError(f"t has shape {tuple(t.shape)}; ({self.clock.shape[0]}, T) is needed")
        source_time, interval, share, rate = _interpolate(self._per_arm(t), self.clock, self.source_clock)
        cubic = self.cubic.gather(2, interval[..., None, None].expand(-1, -1, -1, *self.cubic.shape[3:]))
        joints, change = evaluate(cubic, share)
        targets = self.source.sample_many(source_time)
        return JointTargets(joints, change * rate[..., None], targets.width, targets.phase)


def _interpolate(
    t: torch.Tensor, clock: torch.Tensor, values: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Read values (N, G, M) off at times t (N, G, T) of a clock (N, G, M).

    Returns:
        The values, the intervals, the shares of them that have passed, and the shares that pass per second (0 where t
        is before the start, after the end or in an interval without length); each of shape (N, G, T).
    """
    time = t.to(clock).contiguous()
    end = torch.searchsorted(clock, time, right=True).clamp(1, clock.shape[-1] - 1)
    start_time, end_time = clock.gather(-1, end - 1), clock.gather(-1, end)
    length = end_time - start_time
    rate = torch.where(length > 0.0, 1.0 / length.clamp(min=torch.finfo(clock.dtype).tiny), 0.0)
    share = torch.where(length > 0.0, (time - start_time) * rate, 1.0).clamp(0.0, 1.0)
    before, after = values.gather(-1, end - 1), values.gather(-1, end)
    moving = (time >= start_time) & (time <= end_time)
    return before + share * (after - before), end - 1, share, torch.where(moving, rate, 0.0)
