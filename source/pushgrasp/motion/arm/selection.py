"""Out of several joint paths per arm, the first ones that touch nothing."""

from dataclasses import dataclass

import torch

from pushgrasp.motion.arm.capsules import Capsules, capsules
from pushgrasp.motion.arm.collision import arm_distance, self_distance, table_margin, tips
from pushgrasp.motion.arm.failure import Failure, Faults
from pushgrasp.motion.arm.model import ArmsCfg

SELF_CLEARANCE = 0.005
"""Least distance of an arm's links from each other [m]."""


@dataclass
class Candidates:
    """C joint paths of each of G arms in N worlds over M knots, the shortest first."""

    joints: torch.Tensor
    """Joint angles [rad], shape (N, G, C, M, 6); any numbers where not usable."""
    usable: torch.Tensor
    """Shape (N, G, C), bool."""
    capsules: Capsules
    """Capsules of the arms along them, (N, G, C, M, ...)."""


def select_paths(
    joints: torch.Tensor,
    found: torch.Tensor,
    width: torch.Tensor,
    travelling: torch.Tensor,
    together: torch.Tensor,
    arms: ArmsCfg,
) -> tuple[torch.Tensor, Faults]:
    """Return the shortest paths, (N, G, M, 6), on which no arm touches itself, the table or the other arm, and faults.

    Args:
        joints: joint angles [rad], shape (N, G, C, M, 6), candidates in the order of preference.
        found: which candidates exist, shape (N, G, C), bool.
        width: jaw openings [m], shape (N, G, M).
        travelling: where a gripper is on its way from or to home, shape (N, G, M), bool.
        together: in which worlds both arms are at a knot at the same time, shape (N,), bool; in the others each arm is
            looked at by itself.
        arms: the arms and their clearances.
    """
    first = _try(joints[:, :, :1], found[:, :, :1], width, travelling, together, arms)
    again = (first[1].failure != Failure.NONE).any(dim=1) & (found.sum(dim=2) > 1).any(dim=1)
    if not again.any():
        return first
    better = _try(joints[again], found[again], width[again], travelling[again], together[again], arms)
    for old, new in zip((first[0], *vars(first[1]).values()), (better[0], *vars(better[1]).values()), strict=True):
        old[again] = new
    return first


def _try(
    joints: torch.Tensor,
    found: torch.Tensor,
    width: torch.Tensor,
    travelling: torch.Tensor,
    together: torch.Tensor,
    arms: ArmsCfg,
) -> tuple[torch.Tensor, Faults]:
    """Judge all candidates at once; arguments and result are those of ``select_paths``."""
    candidates, failure, knot = _alone(joints.float(), found, width.float(), travelling, arms)
    best = candidates.usable.int().argmax(dim=2)
    if arms.num_arms == 2:
        best, clash, meeting = _pairs(candidates, best, together, arms)
        failure = torch.where(clash[:, None], int(Failure.ARMS), failure)
        knot = torch.where(clash[:, None], meeting[:, None], knot)
    return joints.take_along_dim(best[..., None, None, None], dim=2)[:, :, 0], Faults(failure, knot)


def _alone(
    joints: torch.Tensor, found: torch.Tensor, width: torch.Tensor, travelling: torch.Tensor, arms: ArmsCfg
) -> tuple[Candidates, torch.Tensor, torch.Tensor]:
    """Judge each arm by itself; return the candidates, and what is wrong with the first one if all fail and where."""
    shape = joints.shape[:4]
    flat = joints.nan_to_num().flatten(2, 3)
    shapes = capsules(flat, width[:, :, None].expand(shape).flatten(2, 3), arms)
    wrong = {
        Failure.SELF: self_distance(shapes).view(shape) < SELF_CLEARANCE,
        Failure.TABLE: table_margin(shapes, arms).view(shape) < 0.0,
        Failure.CLUTTER: travelling[:, :, None] & _low(shapes, arms).view(shape),
    }
    usable = found & ~torch.stack(list(wrong.values())).any(dim=0).any(dim=-1)
    failure = torch.full(shape[:2], int(Failure.NONE), device=joints.device)
    knot = torch.zeros_like(failure)
    for reason, where in wrong.items():
        new = where[:, :, 0].any(dim=-1) & ~usable.any(dim=-1) & (failure == Failure.NONE)
        failure = torch.where(new, int(reason), failure)
        knot = torch.where(new, where[:, :, 0].int().argmax(dim=-1), knot)
    ends = shapes.ends.view(*shape, *shapes.ends.shape[3:])
    return Candidates(joints, usable, Capsules(ends, shapes.radius)), failure, knot


def _low(shapes: Capsules, arms: ArmsCfg) -> torch.Tensor:
    """Tell where a finger tip over the workspace is lower than the clutter may be high."""
    tip = tips(shapes)
    over = (tip[..., :2].abs() <= 0.5 * arms.workspace_side).all(dim=-1)
    return (over & (tip[..., 2] < arms.transit_height)).any(dim=-1)


def _pairs(
    candidates: Candidates, best: torch.Tensor, together: torch.Tensor, arms: ArmsCfg
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Go through the pairs of candidates, least preferred last, until the arms of each world of a mask keep apart.

    Returns:
        The candidates (N, 2), whether no pair of them keeps apart (N,), and the knot at which the first pair comes too
        near (N,).
    """
    count = candidates.usable.shape[2]
    apart = ~together
    tried, meeting = torch.zeros_like(apart), torch.zeros_like(best[:, 0])
    for left, right in sorted(((i, j) for i in range(count) for j in range(count)), key=sum):
        usable = candidates.usable[:, 0, left] & candidates.usable[:, 1, right]
        worlds = (usable & ~apart).nonzero()[:, 0]
        if len(worlds) == 0:
            continue
        ends, radius = candidates.capsules.ends, candidates.capsules.radius
        distance = arm_distance(Capsules(ends[worlds, 0, left], radius), Capsules(ends[worlds, 1, right], radius))
        near = distance < arms.arm_clearance
        meeting[worlds] = torch.where(tried[worlds], meeting[worlds], near.int().argmax(dim=1))
        good = worlds[~near.any(dim=1)]
        best[good] = torch.tensor([left, right], device=best.device)
        apart[good], tried[worlds] = True, True
    return best, tried & ~apart, meeting
