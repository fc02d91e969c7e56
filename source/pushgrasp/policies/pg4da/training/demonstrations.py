"""Which choices of the spatial head come nearest to what a teacher does."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.interface.action import Action, Kind
from pushgrasp.policies.pg4da.spatial.choices import Choices
from pushgrasp.policies.pg4da.spatial.grasps import CORNERS, HOLD
from pushgrasp.policies.pg4da.spatial.maps import cell_middles
from pushgrasp.policies.pg4da.spatial.nets import NUM_GRASPS
from pushgrasp.policies.pg4da.spatial.strokes import STROKE_CHANNELS

NEAR, ALIKE = 0.03, math.radians(25.0)
"""A choice stands for an action that lies within this distance [m] and is turned by no more than this [rad]."""

TWO_ARMS = STROKE_CHANNELS.index("two arms")


def nearest_choices(action: Action, choices: Choices) -> Tensor:
    """Return the numbers of the choices nearest to what N worlds do, shape (N,), long, -1 where none is near."""
    workspace, grasps, strokes = choices.seen.workspace, choices.grasps, choices.strokes
    grasp = _nearest_grasp(action, grasps.evidence, cell_middles(grasps.places // CORNERS, workspace))
    stroke = _nearest_stroke(action, strokes.evidence, cell_middles(strokes.cells, workspace))
    stroke = torch.where(stroke < 0, stroke, NUM_GRASPS + stroke)
    return torch.where(action.does(Kind.GRASP), grasp, torch.where(action.does(Kind.PUSH), stroke, -1))


def _nearest_grasp(done: Action, grasps: Tensor, points: Tensor) -> Tensor:
    """Grasps (N, 9, 360, 8) at points (N, 9, 2) [m]; the jaws are the same turned by half a turn.

    The teacher's cells are others: of those near, one that holds well counts as nearer than one that slips off.
    """
    arm = (done.kind == Kind.GRASP).long().argmax(dim=1)
    world, rotations = torch.arange(len(arm), device=arm.device), class_rotations().to(done.rotation)
    rotation = done.rotation[world, arm]
    approach = rotation[:, :, 2] @ rotations[:, :, 2].T
    closing = (rotation[:, :, 0] @ rotations[:, :, 0].T).abs()
    turned = torch.maximum(approach.clamp(-1.0, 1.0).acos(), closing.clamp(max=1.0).acos())
    away = (points - done.position[world, arm, None, :2]).norm(dim=2)
    cost = turned[:, None] / ALIKE + away[:, :, None] / NEAR - grasps[..., HOLD]
    near = (turned <= ALIKE)[:, None] & (away <= NEAR)[:, :, None] & (grasps[..., 0] > 0.5)
    near &= done.planned[:, None, None]
    return _least(cost.masked_fill(~near, torch.inf).flatten(1))


def _nearest_stroke(done: Action, strokes: Tensor, points: Tensor) -> Tensor:
    """Strokes with key points (N, 42, 4, 2) [m] that lead the same way along the paths of the arms that push."""
    both = done.valid.all(dim=1) & (done.valid.shape[1] == 2)
    world, arm = torch.arange(len(both), device=both.device), done.valid.long().argmax(dim=1)
    path = done.path[world, arm, :, :2]
    alone = _unlike(path, points[:, :, 1], points[:, :, 0])
    of_pair = torch.minimum(*(_unlike(path, points[:, :, 2 + k], points[:, :, k]) for k in (0, 1)))
    cost = torch.where(both[:, None], of_pair, alone)
    same = ((strokes[..., TWO_ARMS] > 0.5) == both[:, None]) & (strokes[..., 0] > 0.5) & done.planned[:, None]
    return _least(cost.masked_fill(~same | (cost > 2.0), torch.inf))


def _unlike(path: Tensor, begin: Tensor, end: Tensor) -> Tensor:
    """How much strokes (N, K, 2) differ from paths (N, P, 2), shape (N, K): 1 for :data:`NEAR` or :data:`ALIKE`."""
    unit = torch.nn.functional.normalize(path[:, -1] - path[:, 0], dim=1)[:, None]
    along = torch.nn.functional.normalize(end - begin, dim=2)
    turned = (along * unit).sum(dim=2).clamp(-1.0, 1.0).acos()
    offset = (begin + end) / 2 - path[:, None, 0]
    aside = (offset[..., 1] * unit[..., 0] - offset[..., 0] * unit[..., 1]).abs()
    return turned / ALIKE + aside / NEAR


def _least(cost: Tensor) -> Tensor:
    """Place of the least cost (N, K), -1 where all are infinite."""
    least, place = cost.min(dim=1)
    return torch.where(least < torch.inf, place, -1)
