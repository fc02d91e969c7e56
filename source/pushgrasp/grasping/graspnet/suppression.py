"""Non-maximum suppression of grasps: of grasps that are nearly the same, the one with the highest score stays."""

from __future__ import annotations

import math

import torch

from pushgrasp.grasping.graspnet.poses import GraspPoses

MAX_DISTANCE = 0.03
"""Grasps further apart than this are different [m] (graspnetAPI's evaluation)."""

MAX_ANGLE = math.radians(30.0)
"""Grasps turned against each other by more than this are different [rad] (graspnetAPI's evaluation)."""


def suppress(
    grasps: GraspPoses, max_distance: float = MAX_DISTANCE, max_angle: float = MAX_ANGLE, keep: int | None = None
) -> GraspPoses:
    """Distinct grasps in the order of falling score, as ``GraspGroup.nms`` finds them.

    Two grasps are the same if their surface points lie within ``max_distance`` [m] and their rotations within
    ``max_angle`` [rad] of each other. As in graspnetAPI, half a turn of the gripper counts as a turn.

    Args:
        grasps: The grasps.
        max_distance: See above.
        max_angle: See above.
        keep: Stop at this number of grasps; None keeps all.
    """
    grasps = grasps.select(grasps.score.argsort(descending=True, stable=True))
    surface = grasps.position - grasps.depth[:, None] * grasps.approach
    least_trace = 1 + 2 * math.cos(max_angle)
    left, kept = torch.ones_like(grasps.score, dtype=torch.bool), []
    while bool(left.any()) and (keep is None or len(kept) < keep):
        best = int(left.nonzero()[0, 0])
        kept.append(best)
        near = (surface - surface[best]).norm(dim=1) < max_distance
        alike = (grasps.rotation * grasps.rotation[best]).sum(dim=(1, 2)) > least_trace
        left &= ~(near & alike)
        left[best] = False
    return grasps.select(torch.tensor(kept, dtype=torch.long, device=grasps.score.device))
