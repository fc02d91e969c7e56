"""Grasps of an object from true geometry, also of one that is buried, and what is in their way."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from pushgrasp.grasping.labels.approach_maps import PIXEL, ApproachMaps, approach_maps
from pushgrasp.grasping.labels.cfg import LabelCfg
from pushgrasp.grasping.labels.contact import contact_friction
from pushgrasp.grasping.labels.jaws import TrueJaws, start_jaws
from pushgrasp.grasping.labels.placing import place
from pushgrasp.grasping.labels.surface import SurfacePoints

from .directions import closing_directions, gripper_rotations

NEAR = 0.18
"""What is further away than this along x or y cannot be in the way of a grasp [m]."""

ANCHORS = 0.012
"""Of surface points nearer than this to each other one is tried [m]."""

FACES_UP = 0.2
"""Least z component of the normal of a surface point from which jaws are placed."""

JAWS = (
    LabelCfg(),
    LabelCfg(opening_margin=0.005, clearance=0.001),
    LabelCfg(opening_margin=0.005, clearance=0.001, depth=0.014),
)
"""How jaws are placed: with room to spare, into narrow gaps, over the heads of neighbours."""

MAX_FRICTION = 1.2
"""Friction beyond which a grasp is not worth a try; an edge between flat pads holds better than its normals tell."""

MOST = 150
"""Grasps whose friction is looked at, for each way of placing."""

ABOVE = 0.002
"""What is higher than an object by this lies on it or stands over it [m]."""

ALIKE, ALIKE_COSINE = 0.012, 0.97
"""Distance [m], and cosine of the angle between directions, within which two grasps are nearly the same."""

OFF_CENTRE = 8.0
"""Cost of a grasp beside the middle of the object [1/m]."""

TILT = 0.3
"""Cost of a grasp from the side."""

BLOCKED = 0.2e6
"""Cost of what is in the way [1/m^3]: five cubic centimetres cost as much as a friction of one."""

LOADED = 800.0
"""Cost of what lies on the object, which would come up with it [1/m^2]: five square centimetres are a lot."""


@dataclass(frozen=True)
class TrueGrasps:
    """G grasps of one object, the best first.

    Attributes:
        position: TCP [m], world frame, shape (G, 3).
        rotation: Gripper to world (closing, across, approach), shape (G, 3, 3).
        width: Opening before closing [m], shape (G,).
        blocked: Volume of other objects that pads and palm would have to pass through [m^3], shape (G,).
        cost: The less the better: friction that the grasp needs, distance from the middle, tilt, what blocks it, and
            what lies on the object; shape (G,).
    """

    position: torch.Tensor
    rotation: torch.Tensor
    width: torch.Tensor
    blocked: torch.Tensor
    cost: torch.Tensor

    def __len__(self) -> int:
        return len(self.cost)

    def select(self, keep: torch.Tensor) -> TrueGrasps:
        """The grasps where ``keep`` (G,) is True, or of those indices."""
        return TrueGrasps(**{name: value[keep] for name, value in vars(self).items()})


def true_grasps(surface: SurfacePoints, target_id: int) -> TrueGrasps:
    """Grasps of an object that hold it and stay clear of table and border.

    Args:
        surface: True surfaces of everything on the table.
        target_id: Which object.

    Raises:
        ValueError: If the object has no surface.
    """
    mine = surface.object_id == target_id
    if not bool(mine.any()):
        raise ValueError(f"object {target_id} has no surface; objects: {surface.object_id.unique().tolist()}")
    target, others = _select(surface, mine), _select(surface, ~mine)
    middle = (target.point.amax(dim=0) + target.point.amin(dim=0)) / 2
    others = _select(others, ((others.point - middle)[:, :2].abs() <= NEAR).all(dim=1))
    rotations = gripper_rotations(closing_directions(target.normal), JAWS[0].max_tilt)
    if len(rotations) == 0:
        return _none(target)
    maps = approach_maps(target.point @ rotations, target.object_id)
    around = approach_maps(others.point @ rotations, others.object_id) if len(others.point) else None
    parts = [_grasps(target, rotations, maps, around, middle, cfg) for cfg in JAWS]
    found = TrueGrasps(*(torch.cat([getattr(part, name) for part in parts]) for name in vars(parts[0])))
    found = replace(found, cost=found.cost + LOADED * covered_area(target.point, others.point))
    return found.select(found.cost.argsort(stable=True))


def covered_area(points: torch.Tensor, others: torch.Tensor) -> float:
    """Area of an object, seen from above, over which something else stands or lies [m^2].

    Args:
        points: Surface points of the object [m], shape (P, 3).
        others: Surface points of everything else [m], shape (Q, 3).
    """
    both = torch.cat((points, others))
    cell = (both[:, :2] / PIXEL).floor().long()
    cell -= cell.amin(dim=0)
    index = cell[:, 0] * (int(cell[:, 1].amax()) + 1) + cell[:, 1]
    lowest = both.new_full((int(index.amax()) + 1,), -torch.inf)
    mine, theirs = index.split((len(points), len(others)))
    top = lowest.scatter_reduce(0, mine, points[:, 2], "amax")
    over = lowest.scatter_reduce(0, theirs, others[:, 2], "amax")
    return float((top.isfinite() & (over > top + ABOVE)).sum()) * PIXEL**2


def _select(surface: SurfacePoints, keep: torch.Tensor) -> SurfacePoints:
    return SurfacePoints(**{name: value[keep] for name, value in vars(surface).items()})


def _none(target: SurfacePoints) -> TrueGrasps:
    zero = target.point.new_zeros(0)
    return TrueGrasps(zero.view(0, 3), zero.view(0, 3, 3), zero, zero, zero)


def _grasps(
    target: SurfacePoints,
    rotations: torch.Tensor,
    maps: ApproachMaps,
    around: ApproachMaps | None,
    middle: torch.Tensor,
    cfg: LabelCfg,
) -> TrueGrasps:
    anchors = _anchors(target)
    jaws = start_jaws(rotations, anchors, target.object_id[:1].expand(len(anchors)), cfg)
    jaws = jaws.select(_first(torch.cat((jaws.kind[:, None], (jaws.anchor[:, 1:] / ANCHORS).round().long()), dim=1)))
    jaws = place(jaws, maps, cfg)  # as if the object lay alone on the table
    turn, position = jaws.rotation, jaws.in_world
    blocked = jaws.depth.new_zeros(len(turn)) if around is None else obstruction(jaws, around, cfg)
    aside = torch.linalg.cross(position - middle, turn[:, :, 2])
    cost = OFF_CENTRE * aside.norm(dim=1) + TILT * (1.0 + turn[:, 2, 2]) + BLOCKED * blocked
    reached = jaws.in_reach(cfg)
    best = cost.masked_fill(~reached, torch.inf).argsort(stable=True)[: min(int(reached.sum()), MOST)]
    friction = _friction(jaws.select(best), target, rotations, cfg)
    found = TrueGrasps(position[best], turn[best], jaws.width[best], blocked[best], cost[best] + friction)
    return found.select(friction <= MAX_FRICTION)


def _anchors(target: SurfacePoints) -> torch.Tensor:
    """Points (M, 3) of the upper surface, at most one in each cube of side :data:`ANCHORS`."""
    up = target.point[target.normal[:, 2] > FACES_UP]
    return up[_first((up / ANCHORS).floor())]


def _first(keys: torch.Tensor) -> torch.Tensor:
    """Index of the first row (B, C) of each kind, rising."""
    _, kind = keys.unique(dim=0, return_inverse=True)
    index = torch.arange(len(keys), device=keys.device)
    return index.new_full((int(kind.max()) + 1,), len(keys)).scatter_reduce(0, kind, index, "amin").sort().values


def _friction(jaws: TrueJaws, target: SurfacePoints, rotations: torch.Tensor, cfg: LabelCfg) -> torch.Tensor:
    points = target.point @ rotations
    cosine = (target.normal @ rotations[:, :, :1])[..., 0]
    columns = [axis[jaws.kind] for axis in (*points.unbind(dim=2), cosine)]
    return contact_friction(jaws, (columns[0], columns[1], columns[2]), columns[3], target.area, cfg)


def obstruction(jaws: TrueJaws, around: ApproachMaps, cfg: LabelCfg) -> torch.Tensor:
    """Volume of what stands in front of open jaws and between them [m^3], shape (B,)."""
    pads = _swept(jaws, around, jaws.width / 2 + cfg.pad_thickness + cfg.clearance, cfg.pad_breadth, cfg)
    back = replace(jaws, depth=jaws.depth - cfg.pad_length)
    return pads + _swept(back, around, torch.full_like(pads, cfg.palm_width / 2), cfg.palm_breadth, cfg)


def _swept(jaws: TrueJaws, around: ApproachMaps, half: torch.Tensor, breadth: float, cfg: LabelCfg) -> torch.Tensor:
    """Volume in front of the tips of the jaws within ``half`` (B,) [m] along x and half the breadth along y."""
    count = int(cfg.palm_width / 2 / PIXEL) + 1
    steps = torch.arange(-count, count + 1, device=half.device) * PIXEL
    rows = int((breadth + 2 * cfg.clearance) / PIXEL) + 1
    y = (torch.arange(rows, device=half.device) - (rows - 1) / 2) * PIXEL
    x = (jaws.middle[:, None] + steps)[..., None]
    found, _ = around.at(jaws.kind, x, jaws.anchor[:, 1, None, None] + y)
    ahead = ((jaws.tip + cfg.clearance)[:, None, None] - found).clamp(min=0.0)
    return (ahead.sum(dim=2) * (steps.abs() <= half[:, None])).sum(dim=1) * PIXEL**2


def diverse(grasps: TrueGrasps, count: int) -> TrueGrasps:
    """The best of the grasps, up to ``count``, leaving out those that are nearly the same as a better one."""
    return grasps.select(distinct(grasps.position, grasps.rotation, count))


def distinct(position: torch.Tensor, rotation: torch.Tensor, count: int) -> torch.Tensor:
    """Indices of the first grasps, up to ``count``, that are not nearly the same as an earlier one, shape (K,), long.

    Args:
        position: TCPs [m], shape (G, 3).
        rotation: Gripper to world, shape (G, 3, 3).
        count: How many are wanted.
    """
    chosen: list[int] = []
    for index in range(len(position)):
        if len(chosen) == count:
            break
        near = (position[chosen] - position[index]).norm(dim=1) < ALIKE
        turn = (rotation[chosen] * rotation[index]).sum(dim=1).abs()
        if not bool((near & (turn[:, 0] > ALIKE_COSINE) & (turn[:, 2] > ALIKE_COSINE)).any()):
            chosen.append(index)
    return torch.tensor(chosen, dtype=torch.long)
