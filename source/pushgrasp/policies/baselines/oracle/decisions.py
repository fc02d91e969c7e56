"""True grasps as the decisions that an environment carries out."""

from __future__ import annotations

import torch

from pushgrasp.decoding.decoder import Decision
from pushgrasp.decoding.grasp import Grasps
from pushgrasp.decoding.push import no_pushes
from pushgrasp.grasping.angle_view import nearest_class

from .grasps import TrueGrasps


def grasp_decision(grasps: TrueGrasps, num_arms: int, points: int) -> Decision:
    """Return C grasps as decisions, their scores the less the more they cost.

    Args:
        grasps: The grasps.
        num_arms: How many arms there are.
        points: Points of a push path.
    """
    valid = torch.ones(len(grasps), dtype=torch.bool)
    found = Grasps(grasps.position, grasps.rotation, grasps.width, nearest_class(grasps.rotation), valid)
    pushes = no_pushes(len(valid), num_arms, points, grasps.cost)
    return Decision(valid, -grasps.cost, torch.full_like(grasps.cost, -torch.inf), found, pushes)
