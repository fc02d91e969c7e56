"""Joint paths put on clocks on which the joint limits hold and the arms keep apart."""

from dataclasses import replace

import torch

from pushgrasp.motion.apart import INSTANT, instants, least_waits
from pushgrasp.motion.arm.capsules import PALM, capsules
from pushgrasp.motion.arm.failure import Failure, Faults
from pushgrasp.motion.arm.jacobian import tcp_velocity
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.arm.knots import Knots
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.arm.spline import coefficients, evaluate, least_time, slopes
from pushgrasp.motion.trajectory import Trajectory

TCP_PLACES = 3
"""Places of each interval between two knots at which the TCP's speed is looked at."""


def retime(
    trajectory: Trajectory, knots: Knots, joints: torch.Tensor, home: torch.Tensor, faults: Faults, arms: ArmsCfg
) -> JointTrajectory:
    """Return the joint trajectory through the knots; each leg is stretched as a whole, of arms in step by one factor.

    Args:
        trajectory: of the grippers.
        knots: N x G x M instants on its clock.
        joints: joint angles at the knots [rad], shape (N, G, M, 6).
        home: joint angles of the arms that do not move [rad], shape (N, G, 6).
        faults: what is already wrong; those worlds are put at home.
        arms: speed and acceleration limits.
    """
    cubic = coefficients(joints, slopes(joints, knots.inner))
    stretch = _stretch(cubic, knots, arms)
    faults = faults.then(_too_slow(stretch, knots, arms))
    stretch = torch.where(knots.in_step[:, None, None], stretch.amax(dim=1, keepdim=True), stretch)
    length = (knots.times.diff(dim=-1) * stretch).cumsum(dim=-1)
    begin = knots.times[..., :1]
    plan = JointTrajectory(
        source=trajectory,
        clock=torch.cat((begin, begin + length), dim=-1).to(trajectory.times),
        source_clock=knots.times.to(trajectory.times),
        cubic=cubic.to(trajectory.times),
        failure=faults.failure,
        failed_waypoint=_waypoints(trajectory, knots, faults),
    )
    return _failed_at_home(plan, home)


def _stretch(cubic: torch.Tensor, knots: Knots, arms: ArmsCfg) -> torch.Tensor:
    """Return the factor by which each arm needs each interval's leg slowed down, >= 1, shape (N, G, M - 1)."""
    planned = knots.times.diff(dim=-1)
    needed = least_time(cubic, arms.speed, arms.acceleration).nan_to_num(nan=0.0)
    if arms.tcp_speed is not None:
        needed = torch.maximum(needed, _tcp_way(cubic, arms).nan_to_num(nan=0.0) / arms.tcp_speed)
    factor = torch.where(planned > 0.0, needed / planned.clamp(min=1.0e-9), 1.0)
    leg = knots.leg[..., 1:]
    most = factor.new_ones(*factor.shape[:2], int(leg.max()) + 1)
    return most.scatter_reduce(2, leg, factor, "amax").gather(2, leg)


def _tcp_way(cubic: torch.Tensor, arms: ArmsCfg) -> torch.Tensor:
    """Return how far each interval would take the TCP at its highest speed in it [m], shape (N, G, M - 1)."""
    shares = torch.linspace(0.0, 1.0, TCP_PLACES, dtype=cubic.dtype, device=cubic.device)
    ways = [tcp_velocity(*evaluate(cubic, share.expand(cubic.shape[:3])), arms).norm(dim=-1) for share in shares]
    return torch.stack(ways).amax(dim=0)


def _too_slow(stretch: torch.Tensor, knots: Knots, arms: ArmsCfg) -> Faults:
    """Return the arms that need a leg over the workspace slowed down too much."""
    on_task = torch.minimum(knots.away[..., 1:], knots.away[..., :-1]) >= 1.0
    slow = on_task & (stretch > arms.max_stretch)
    failure = torch.where(slow.any(dim=2), int(Failure.SPEED), int(Failure.NONE))
    return Faults(failure, torch.where(slow.any(dim=2), slow.int().argmax(dim=2) + 1, 0))


def _waypoints(trajectory: Trajectory, knots: Knots, faults: Faults) -> torch.Tensor:
    """Return the waypoint on the way to which each fault occurs, -1 without one, shape (N, G)."""
    time = knots.task_times.gather(-1, faults.knot[..., None]).to(trajectory.times)
    waypoint = torch.searchsorted(trajectory.times, time).clamp(max=trajectory.times.shape[2] - 1)[..., 0]
    return torch.where(faults.failure == Failure.NONE, -1, waypoint)


def _failed_at_home(plan: JointTrajectory, home: torch.Tensor) -> JointTrajectory:
    """Return a plan whose arms stay at home, (N, G, 6) [rad], in worlds that are not reachable."""
    fine = plan.reachable
    resting = torch.zeros_like(plan.cubic)
    resting[..., 0, :] = home[:, :, None].to(resting)
    clocks = {name: getattr(plan, name) * fine[:, None, None] for name in ("clock", "source_clock")}
    return replace(plan, cubic=torch.where(fine[:, None, None, None, None], plan.cubic, resting), **clocks)


def keep_arms_apart(plan: JointTrajectory, worlds: torch.Tensor, home: torch.Tensor, arms: ArmsCfg) -> JointTrajectory:
    """Return a plan whose two arms keep their clearance in some worlds; one of them waits at home if need be.

    Args:
        plan: of two arms; where no wait helps, it fails.
        worlds: in which worlds each arm has its own time line, shape (N,), bool.
        home: joint angles at home [rad], shape (N, G, 6).
        arms: their clearance.
    """
    index = (worlds & plan.reachable).nonzero()[:, 0]
    if len(index) == 0:
        return plan
    clock = instants(plan.duration[index]).to(plan.clock)
    targets = plan.sample_many(clock.expand(len(worlds), -1))
    shapes = capsules(targets.joints[index], targets.width[index], arms)
    tips = shapes.ends[..., PALM + 1 :, 1, :].mean(dim=-2)
    waits, failure = torch.zeros_like(plan.failure), plan.failure.clone()
    waits[index], apart = least_waits(shapes, tips, arms.arm_clearance, 0.0)
    failure[index[~apart]] = int(Failure.ARMS)
    later = replace(plan, clock=plan.clock + INSTANT * waits.to(plan.clock)[..., None], failure=failure)
    return _failed_at_home(later, home)
