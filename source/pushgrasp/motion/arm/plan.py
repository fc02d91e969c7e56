"""Gripper trajectories turned into joint trajectories of the arms that carry the grippers."""

import torch

from pushgrasp.motion.arm.branch import Paths, best_paths
from pushgrasp.motion.arm.failure import Failure, Faults
from pushgrasp.motion.arm.forward import Frames, flange_pose
from pushgrasp.motion.arm.inverse import inverse
from pushgrasp.motion.arm.joint_trajectory import JointTrajectory
from pushgrasp.motion.arm.knots import Knots, lay_knots
from pushgrasp.motion.arm.model import NUM_JOINTS, ArmsCfg
from pushgrasp.motion.arm.retime import keep_arms_apart, retime
from pushgrasp.motion.arm.selection import select_paths
from pushgrasp.motion.gimbal import gimbal_to_rotation
from pushgrasp.motion.trajectory import GripperTargets, Trajectory

CANDIDATES = 4
"""Joint paths of each arm that are tried for collisions."""


def plan_joints(trajectory: Trajectory, arms: ArmsCfg, home_joints: torch.Tensor | None = None) -> JointTrajectory:
    """Plan the joint motion that carries the grippers along a trajectory.

    Over the workspace the grippers follow the trajectory's poses, straight segments on straight lines. The way from
    the trajectory's home to the first pose over the workspace, and back, is a joint motion from and to ``home_joints``
    instead: arms need not wait where free grippers do. Each leg takes its own time, or longer where a joint would
    exceed its speed or acceleration: arms in step are slowed down together, others each for itself, and one of them
    waits at home where they would come too near to each other. Worlds in which an arm cannot follow are not reachable;
    their arms stay at home.

    Args:
        trajectory: of the grippers, from ``plan_action``.
        arms: the arms that carry them.
        home_joints: joint angles at the start and the end [rad], shape (G, 6) or (N, G, 6); ``arms.home`` by default.

    Raises:
        ValueError: if there are not as many grippers as arms, or the home's shape is wrong or it holds a non-finite
            number.
    """
    home = _home(trajectory, arms, home_joints)
    knots = lay_knots(trajectory, arms.knot_time)
    targets = trajectory.sample_many(knots.task_times)
    paths = _task_paths(targets, knots, arms, home)
    joints, found = _candidates(paths, knots, home)
    travelling = knots.active[..., None] & (knots.away < 1.0)
    independent = knots.active.all(dim=1) & ~knots.in_step
    chosen, touching = select_paths(joints, found, targets.width, travelling, ~independent, arms)
    faults = _missing_paths(trajectory, paths, knots).then(touching)
    return keep_arms_apart(retime(trajectory, knots, chosen, home, faults, arms), independent, home, arms)


def _home(trajectory: Trajectory, arms: ArmsCfg, home_joints: torch.Tensor | None) -> torch.Tensor:
    """Return the joint angles at home, float64, shape (N, G, 6)."""
    worlds, grippers = trajectory.times.shape[:2]
    if grippers != arms.num_arms:
        raise ValueError(f"the trajectory moves {grippers} grippers; there are {arms.num_arms} arms")
    device = trajectory.times.device
    home = arms.home_joints(device=device) if home_joints is None else home_joints.to(device, torch.float64)
    if home.shape not in ((grippers, NUM_JOINTS), (worlds, grippers, NUM_JOINTS)):
        raise ValueError(f"home_joints has shape {tuple(home.shape)}; ({grippers}, 6) or ({worlds}, {grippers}, 6)")
    if not torch.isfinite(home).all():
        raise ValueError("home_joints holds NaN or infinite numbers; finite ones are needed")
    return home.expand(worlds, grippers, NUM_JOINTS)


def _task_paths(targets: GripperTargets, knots: Knots, arms: ArmsCfg, home: torch.Tensor) -> Paths:
    """Return the joint paths of the B moving arms through the poses over the workspace."""
    tcp = Frames(gimbal_to_rotation(targets.angles.double()), targets.position.double())
    flange = flange_pose(tcp, arms)
    moving = Frames(flange.rotation[knots.active], flange.position[knots.active])
    return best_paths(inverse(moving), home[knots.active], arms.max_step, CANDIDATES)


def _candidates(paths: Paths, knots: Knots, home: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return paths from and to home, (N, G, C, M, 6), and which exist, (N, G, C); arms that do not move stay there."""
    worlds, grippers = knots.active.shape
    instants = knots.times.shape[-1]
    joints = home[:, :, None, None].repeat(1, 1, CANDIDATES, instants, 1)
    away = knots.away[knots.active][:, None, :, None]
    start = home[knots.active][:, None, None]
    joints[knots.active] = start + away * (paths.joints - start)
    found = torch.zeros(worlds, grippers, CANDIDATES, dtype=torch.bool, device=home.device)
    found[..., 0] = True
    found[knots.active] = paths.found
    return joints, found


def _missing_paths(trajectory: Trajectory, paths: Paths, knots: Knots) -> Faults:
    """Return where there is nothing to follow, or no joint path that does."""
    failure = torch.where(trajectory.reachable[:, None].expand_as(knots.active), int(Failure.NONE), int(Failure.LIMITS))
    knot = torch.zeros_like(failure)
    missing = torch.where(paths.reached, int(Failure.FLIP), int(Failure.REACH))
    missing = torch.where(paths.stuck < 0, int(Failure.JOINT_LIMIT), missing)
    failure[knots.active] = torch.where(paths.found.any(dim=1), int(Failure.NONE), missing)
    knot[knots.active] = paths.stuck.clamp(min=0)
    return Faults(failure, knot)
