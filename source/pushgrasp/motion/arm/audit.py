"""Planned joint motions looked at again, instant by instant, apart from how they were planned."""

from dataclasses import dataclass

import torch

from pushgrasp.motion.arm.capsules import Capsules, capsules
from pushgrasp.motion.arm.collision import arm_distance, self_distance, table_margin
from pushgrasp.motion.arm.forward import tcp_pose
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.arm.model import JOINT_LIMITS, ArmsCfg
from pushgrasp.motion.gimbal import gimbal_to_rotation
from pushgrasp.motion.trajectory import Phase


@dataclass
class Audit:
    """Worst values over the motions of each of N worlds, all of shape (N,)."""

    joint_margin: torch.Tensor
    """Least distance of a joint from its limits [rad], negative beyond."""
    speed: torch.Tensor
    """Largest joint speed, from one instant to the next [rad/s]."""
    acceleration: torch.Tensor
    """Largest joint acceleration, over three instants [rad/s^2]."""
    arms: torch.Tensor
    """Least distance of the two arms [m]; infinite for a single one."""
    own: torch.Tensor
    """Least distance of an arm's own links [m]."""
    table: torch.Tensor
    """By how much the links keep their clearance from the table at least [m]."""
    position_error: torch.Tensor
    """Largest distance of a TCP from the gripper trajectory while it descends, pushes, lifts or places [m]."""
    axis_error: torch.Tensor
    """Largest angle between approach directions meanwhile [rad]."""
    tip: torch.Tensor
    """Least height of a TCP [m]."""
    extent: torch.Tensor
    """Largest distance of a working TCP from the world's origin along x or y [m]."""


_WORKING = (Phase.DESCEND, Phase.CLOSE, Phase.LIFT, Phase.HOLD, Phase.PLACE, Phase.OPEN, Phase.PUSH)


def audit(plan: JointTrajectory, arms: ArmsCfg, dt: float) -> Audit:
    """Sample a plan every ``dt`` [s] and return what is worst about it.

    Raises:
        ValueError: if dt is not positive.
    """
    if not dt > 0.0:
        raise ValueError(f"dt is {dt}; a positive number of seconds is needed")
    steps = int(plan.duration.max() / dt) + 3
    clock = dt * torch.arange(steps, device=plan.clock.device, dtype=plan.clock.dtype).expand(len(plan.clock), -1)
    targets = plan.sample_many(clock)
    joints = targets.joints.double()
    rate = joints.diff(dim=2) / dt
    shapes = capsules(targets.joints, targets.width, arms)
    apart = joints.new_full((len(clock),), float("inf"))
    if arms.num_arms == 2:
        left, right = (Capsules(ends, shapes.radius) for ends in shapes.ends.unbind(1))
        apart = arm_distance(left, right).amin(dim=1)
    return Audit(
        joint_margin=(joints.new_tensor(JOINT_LIMITS) - joints.abs()).flatten(1).amin(dim=1),
        speed=rate.abs().flatten(1).amax(dim=1),
        acceleration=(rate.diff(dim=2) / dt).abs().flatten(1).amax(dim=1),
        arms=apart,
        own=self_distance(shapes).flatten(1).amin(dim=1),
        table=table_margin(shapes, arms).flatten(1).amin(dim=1),
        **_tracking(plan, clock, joints, arms),
    )


def _tracking(
    plan: JointTrajectory, clock: torch.Tensor, joints: torch.Tensor, arms: ArmsCfg
) -> dict[str, torch.Tensor]:
    """Return what of an ``Audit`` is about the TCPs."""
    targets = plan.source.sample_many(plan.at_clock(clock))
    tcp = tcp_pose(joints, arms)
    working = torch.stack([targets.phase == phase for phase in _WORKING]).any(dim=0)
    moving = (plan.source.working & plan.reachable[:, None])[..., None]
    offset = (tcp.position - targets.position).norm(dim=-1)
    aim = gimbal_to_rotation(targets.angles.double())[..., 2]
    turn = torch.linalg.cross(tcp.rotation[..., 2], aim).norm(dim=-1).clamp(max=1.0).asin()
    worst = {"position_error": offset, "axis_error": turn, "extent": tcp.position[..., :2].abs().amax(dim=-1)}
    result = {name: torch.where(working & moving, value, 0.0).flatten(1).amax(dim=1) for name, value in worst.items()}
    return {**result, "tip": tcp.position[..., 2].flatten(1).amin(dim=1)}
