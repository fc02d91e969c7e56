"""Distances of the arms from each other, from themselves and from the table, for many postures at once."""

import torch

from pushgrasp.motion.arm.capsules import LEFT_FINGER, PALM, RIGHT_FINGER, WRIST_3, Capsules
from pushgrasp.motion.arm.model import ArmsCfg
from pushgrasp.motion.arm.segments import segment_distance

_PEDESTAL, _SHOULDER, _UPPER, _ELBOW, _FOREARM, _WRIST_1, _WRIST_2 = range(7)

SELF_PAIRS = (
    *(
        (moving, still)
        for moving in (WRIST_3, PALM, RIGHT_FINGER, LEFT_FINGER)
        for still in (_PEDESTAL, _SHOULDER, _UPPER)
    ),
    *((moving, still) for moving in (_FOREARM, _WRIST_1, _WRIST_2) for still in (_PEDESTAL, _SHOULDER)),
    (_WRIST_1, _UPPER),
    (_WRIST_2, _UPPER),
    (PALM, _FOREARM),
    (PALM, _ELBOW),
)
"""Capsules of one arm that joint angles within the limits can bring together."""


def arm_distance(left: Capsules, right: Capsules) -> torch.Tensor:
    """Return the least distance of two arms [m], shape (...), negative where they overlap.

    Args:
        left: capsules of one arm, (..., C, 2, 3).
        right: capsules of the other one, (..., C, 2, 3).
    """
    one, other = _coordinates_first(left.ends), _coordinates_first(right.ends)
    distance = segment_distance(one[:, :, :, None], other[:, :, None])
    radii = (left.radius[:, None] + right.radius).view(*distance.shape[:2], *[1] * (distance.ndim - 2))
    return (distance - radii).flatten(0, 1).amin(dim=0)


def distance_bound(left: Capsules, right: Capsules) -> torch.Tensor:
    """Return a lower bound of the distance of two arms [m], shape (...): the widest gap between them along an axis.

    Arguments are those of :func:`arm_distance`, which takes much longer.
    """
    (low, high), (other_low, other_high) = (_extent(arm) for arm in (left, right))
    return torch.maximum(other_low - high, low - other_high).amax(dim=0)


def _extent(arm: Capsules) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the least and the largest coordinates of an arm [m], each of shape (3, ...)."""
    ends = _coordinates_first(arm.ends)
    radius = arm.radius.view(-1, *[1] * (ends.ndim - 3))
    return (ends.amin(dim=0) - radius).amin(dim=1), (ends.amax(dim=0) + radius).amax(dim=1)


def self_distance(arm: Capsules) -> torch.Tensor:
    """Return the least distance of an arm's own links [m], shape (...), negative where they overlap."""
    one, other = torch.tensor(SELF_PAIRS, device=arm.ends.device).unbind(-1)
    ends = _coordinates_first(arm.ends)
    distance = segment_distance(ends[:, :, one], ends[:, :, other])
    radii = (arm.radius[one] + arm.radius[other]).view(-1, *[1] * (distance.ndim - 1))
    return (distance - radii).amin(dim=0)


def table_margin(arm: Capsules, arms: ArmsCfg) -> torch.Tensor:
    """Return by how much an arm's links keep their clearance from the table's plane [m], shape (...), negative if not.

    The pedestal and the gripper do not count: the one stands beside the table, the other works on it.
    """
    links = slice(_SHOULDER, WRIST_3 + 1)
    clearance = arm.radius.new_full((WRIST_3,), arms.link_clearance)
    clearance[-1] = arms.wrist_clearance
    return (arm.ends[..., links, :, 2].amin(dim=-1) - arm.radius[links] - clearance).amin(dim=-1)


def tips(arm: Capsules) -> torch.Tensor:
    """Return the lowest points of the two finger tips [m], shape (..., 2, 3), as if the gripper pointed down."""
    fingers = slice(LEFT_FINGER, RIGHT_FINGER + 1)
    drop = torch.zeros_like(arm.ends[..., fingers, 1, :])
    drop[..., 2] = arm.radius[fingers]
    return arm.ends[..., fingers, 1, :] - drop


def _coordinates_first(ends: torch.Tensor) -> torch.Tensor:
    """Return end points (..., C, 2, 3) as (2, 3, C, ...), next to each other in memory."""
    return ends.movedim((-2, -1, -3), (0, 1, 2)).contiguous()
