"""True grasps and pushes as actions."""

from __future__ import annotations

import torch

from pushgrasp.decoding.push import Pushes
from pushgrasp.interface.action import Action, Kind, grasp_action, push_action
from pushgrasp.interface.world import Arms

from .grasps import TrueGrasps


def grasp_actions(grasps: TrueGrasps, arms: Arms, points: int) -> Action:
    """Return C grasps, one per world, their scores the less the more they cost; push paths have so many ``points``."""
    arm, valid = arms.choose_arm(grasps.position, grasps.rotation), torch.ones(len(grasps), dtype=torch.bool)
    action = grasp_action(grasps.position, grasps.rotation, grasps.width, arm, valid, arms.num_arms, points)
    action.score[:, Kind.GRASP] = -grasps.cost
    return action


def push_actions(pushes: Pushes, costs: torch.Tensor) -> Action:
    """Return C pushes, one per world; ``costs`` (C,) is what the best grasp costs after each."""
    action = push_action(pushes.paths, pushes.yaw, pushes.active)
    action.score[:, Kind.PUSH] = -costs
    return action
