"""What two arms do instead where they cannot carry out a plan as it is."""

from dataclasses import replace

import torch

from pushgrasp.motion.arm.failure import Failure
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.arm.knots import SAME_PLACE
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.arm.plan import plan_joints
from pushgrasp.motion.trajectory import Trajectory


def plan_joints_or_less(trajectory: Trajectory, arms: ArmsCfg) -> JointTrajectory:
    """Plan as ``plan_joints`` does; where two arms cannot, let one of them work, and where that one cannot, the other.

    Of two arms that would touch each other the one with the longer way works. The plan's ``source`` says what is done;
    a world in which nothing is possible keeps the failure of the trajectory as it was.

    Args:
        trajectory: of the grippers, from ``plan_action``.
        arms: the arms that carry them.

    Raises:
        ValueError: as ``plan_joints``.
    """
    first = plan = plan_joints(trajectory, arms)
    if arms.num_arms == 1:
        return plan
    for lighten in (_with_one_arm, _with_the_other_arm):
        working = plan.source.working
        failed = ~plan.reachable & plan.source.reachable
        lighter = lighten(plan, working, failed)
        plan = plan if lighter is None else plan_joints(lighter, arms)
    done = plan.reachable[:, None]
    return replace(
        plan,
        failure=torch.where(done, plan.failure, first.failure),
        failed_waypoint=torch.where(done, plan.failed_waypoint, first.failed_waypoint),
    )


def _with_one_arm(plan: JointTrajectory, working: torch.Tensor, failed: torch.Tensor) -> Trajectory | None:
    """Return the trajectory with one arm less in the worlds of a mask (N,) in which two work, None without any."""
    worlds = failed & working.all(dim=1)
    if not bool(worlds.any()):
        return None
    source = plan.source
    way = source.positions.diff(dim=2).norm(dim=-1).sum(dim=-1)
    able = (plan.failure == Failure.NONE) | (plan.failure == Failure.ARMS)
    kept = torch.where(able, way, way - 1.0e3).argmax(dim=1)
    resting = worlds[:, None] & (torch.arange(2, device=kept.device) != kept[:, None])
    return source.resting().where(resting, source)


def _with_the_other_arm(plan: JointTrajectory, working: torch.Tensor, failed: torch.Tensor) -> Trajectory | None:
    """Return the trajectory with the arms' parts exchanged in the worlds of a mask (N,) in which one works."""
    worlds = failed & (working.sum(dim=1) == 1)
    if not bool(worlds.any()):
        return None
    source = plan.source
    home = source.positions[:, :, :1]
    there = (source.positions - home)[..., :2].abs().amax(dim=-1) > SAME_PLACE
    there = there.flip(1)[..., None]
    fields = {name: getattr(source, name).flip(1) for name in ("times", "phases", "leg_starts", "leg_ends")}
    exchanged = replace(
        source,
        positions=torch.where(there, source.positions.flip(1), home),
        angles=torch.where(there, source.angles.flip(1), source.angles[:, :, :1]),
        widths=source.widths.flip(1),
        **fields,
    )
    return exchanged.where(worlds[:, None].expand_as(working), source)
