"""Joint paths put on a clock on which the joint limits hold."""

import torch

from pushgrasp.motion.arm.failure import Failure, Faults
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.arm.knots import Knots
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.arm.spline import coefficients, least_time, slopes
from pushgrasp.motion.trajectory import Trajectory


def retime(
    trajectory: Trajectory, knots: Knots, joints: torch.Tensor, home: torch.Tensor, faults: Faults, arms: ArmsCfg
) -> JointTrajectory:
    """Return the joint trajectory through the knots; each leg is stretched as a whole, by the same factor for all arms.

    Args:
        trajectory: of the grippers.
        knots: N x M instants on its clock.
        joints: joint angles at the knots [rad], shape (N, G, M, 6).
        home: joint angles of the arms that do not move [rad], shape (N, G, 6).
        faults: what is already wrong; those worlds are put at home.
        arms: speed and acceleration limits.
    """
    cubic = coefficients(joints, slopes(joints, knots.inner))
    stretch = _stretch(cubic, knots, arms)
    faults = faults.then(_too_slow(stretch, knots, arms))
    fine = (faults.failure == Failure.NONE).all(dim=1)
    resting = torch.zeros_like(cubic)
    resting[..., 0, :] = home[:, :, None]
    length = (knots.times.diff(dim=1) * stretch.amax(dim=1)).cumsum(dim=1)
    clock = torch.cat((torch.zeros_like(length[:, :1]), length), dim=1) * fine[:, None]
    return JointTrajectory(
        source=trajectory,
        clock=clock.to(trajectory.times),
        source_clock=(knots.times * fine[:, None]).to(trajectory.times),
        cubic=torch.where(fine[:, None, None, None, None], cubic, resting).to(trajectory.times),
        failure=faults.failure,
        failed_waypoint=_waypoints(trajectory, knots, faults),
    )


def _stretch(cubic: torch.Tensor, knots: Knots, arms: ArmsCfg) -> torch.Tensor:
    """Return the factor by which each arm needs each interval's leg slowed down, >= 1, shape (N, G, M - 1)."""
    planned = knots.times.diff(dim=1)[:, None]
    needed = least_time(cubic, arms.speed, arms.acceleration).nan_to_num(nan=0.0)
    factor = torch.where(planned > 0.0, needed / planned.clamp(min=1.0e-9), 1.0)
    leg = knots.leg[:, None, 1:].expand_as(factor)
    most = factor.new_ones(*factor.shape[:2], int(leg.max()) + 1)
    return most.scatter_reduce(2, leg, factor, "amax").gather(2, leg)


def _too_slow(stretch: torch.Tensor, knots: Knots, arms: ArmsCfg) -> Faults:
    """Return the arms that need a leg over the workspace slowed down too much."""
    on_task = (torch.minimum(knots.away[:, 1:], knots.away[:, :-1]) >= 1.0)[:, None]
    slow = on_task & (stretch > arms.max_stretch)
    failure = torch.where(slow.any(dim=2), int(Failure.SPEED), int(Failure.NONE))
    return Faults(failure, torch.where(slow.any(dim=2), slow.int().argmax(dim=2) + 1, 0))


def _waypoints(trajectory: Trajectory, knots: Knots, faults: Faults) -> torch.Tensor:
    """Return the waypoint on the way to which each fault occurs, -1 without one, shape (N, G)."""
    time = knots.task_times.gather(1, faults.knot)[..., None].to(trajectory.times)
    waypoint = torch.searchsorted(trajectory.times, time).clamp(max=trajectory.times.shape[2] - 1)[..., 0]
    return torch.where(faults.failure == Failure.NONE, -1, waypoint)
