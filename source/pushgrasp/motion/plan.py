"""An action as a timed trajectory of the grippers."""

from __future__ import annotations

import torch
from torch import Tensor

from pushgrasp.gripper import GripperGeometry
from pushgrasp.interface.action import Action, Kind
from pushgrasp.motion.grasp import plan_grasps
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.push import plan_pushes
from pushgrasp.motion.trajectory import Trajectory


def plan_action(
    home_position: Tensor, home_quaternion: Tensor, action: Action, geometry: GripperGeometry, limits: MotionLimits
) -> Trajectory:
    """Plan what the arms of each world do.

    Args:
        home_position: where each gripper stands [m], shape (G, 3), world frame.
        home_quaternion: its orientation there (x, y, z, w), shape (G, 4).
        action: what they do, G arms.
        geometry: the gripper.
        limits: speeds, distances and the workspace box.

    Raises:
        ValueError: for another number of arms, an unknown kind, a world in which one arm grasps while the other has a
            motion, or a number that is needed and not finite.
    """
    _check(action, len(home_position))
    home, is_grasp = (home_position, home_quaternion), action.does(Kind.GRASP)
    arm = (action.kind == Kind.GRASP).long().argmax(dim=1)
    world = torch.arange(len(arm), device=arm.device)
    pose = action.position[world, arm], action.rotation[world, arm], action.width[world, arm]
    grasp = plan_grasps(*home, *pose, arm, action.planned & is_grasp, geometry, limits)
    active = action.valid & (action.kind == Kind.PUSH)
    push = plan_pushes(*home, action.path, action.yaw, active, geometry, limits)
    return Trajectory.select(is_grasp, grasp, push)


def _check(action: Action, arms: int) -> None:
    """Raise ValueError for what cannot be planned."""
    if action.kind.shape[1] != arms:
        raise ValueError(f"the action is for {action.kind.shape[1]} arms; there are {arms}")
    known = [int(kind) for kind in Kind]
    if bool(((action.kind < known[0]) | (action.kind > known[-1])).any()):
        kinds = ", ".join(f"{int(kind)} ({kind.name})" for kind in Kind)
        raise ValueError(f"the action holds kinds {action.kind.unique().tolist()}; kinds: {kinds}")
    if bool((action.does(Kind.GRASP) & (action.valid.sum(dim=1) > 1)).any()):
        raise ValueError("an arm grasps while the other one has a motion; only pushes go together")
