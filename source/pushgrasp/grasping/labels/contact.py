"""How squarely closing pads meet an object, from the true normals where they touch it."""

from __future__ import annotations

import torch

from pushgrasp.grasping.labels.approach_maps import PIXEL
from pushgrasp.grasping.labels.cfg import LabelCfg
from pushgrasp.grasping.labels.jaws import TrueJaws

_UNGRASPABLE = 1e3


def contact_friction(
    jaws: TrueJaws, points: tuple[torch.Tensor, ...], cosine: torch.Tensor, areas: torch.Tensor, cfg: LabelCfg
) -> torch.Tensor:
    """Smallest coefficient of friction with which the jaws hold the object between them.

    Each pad stops at the outermost surface in front of it. The tangent of the angle between the closing direction and
    the normal of the touched surface is the friction that this side needs; the worse side counts (antipodal grasps, as
    GraspNet scores them, Fang et al. 2020). The normal of a touched surface is the least square one of its squarest
    share: of a round surface it points at the pad, at an edge it is that of the squarer face.

    Args:
        jaws: B jaws of the same object.
        points: x, y and z of its surface points [m] in the frame of each one's class, each of shape (B, P).
        cosine: Components of the outward normals along the closing direction, shape (B, P).
        areas: Area of each point [m^2], shape (P,).
        cfg: Settings.

    Returns:
        Friction, shape (B,); 1000 where a pad touches too little.
    """
    x = points[0] - jaws.middle[:, None]
    between = (points[1] - jaws.anchor[:, 1, None]).abs_() <= cfg.pad_breadth / 2
    between &= points[2] <= jaws.tip[:, None]
    between &= points[2] >= (jaws.tip - cfg.pad_length)[:, None]
    row, point = between.nonzero(as_tuple=True)
    x, cosine = x[row, point], cosine[row, point]
    inside = x.abs() <= (jaws.extent / 2 + PIXEL)[row]
    row, point, x, cosine = row[inside], point[inside], x[inside], cosine[inside]
    sides = [_side(len(jaws.kind), row, side * x, side * cosine, areas[point], cfg) for side in (1.0, -1.0)]
    return torch.stack(sides).amax(dim=0)


def _side(
    count: int, row: torch.Tensor, x: torch.Tensor, cosine: torch.Tensor, area: torch.Tensor, cfg: LabelCfg
) -> torch.Tensor:
    """Friction that the pad on the side of positive x needs, shape (count,); points (T,) of the jaws ``row`` (T,)."""
    facing = cosine > 0.0
    row, x, cosine, area = row[facing], x[facing], cosine[facing], area[facing]
    stop = torch.full((count,), -torch.inf, device=x.device).scatter_reduce(0, row, x, reduce="amax")
    touched = x >= stop[row] - cfg.touch
    row, cosine = row[touched], cosine[touched]
    area = (area[touched] * cosine).double()  # as the pad sees it
    order = torch.argsort(cosine, descending=True, stable=True)
    order = order[torch.argsort(row[order], stable=True)]
    row, cosine, area = row[order], cosine[order], area[order]
    total = torch.zeros(count, dtype=area.dtype, device=x.device).index_add_(0, row, area)
    before = area.cumsum(0) - area - (total.cumsum(0) - total)[row]  # of the same jaws, squarer than this point
    counted = before < cfg.square_share * total[row] - 1e-12
    worst = torch.ones_like(stop).scatter_reduce(0, row[counted], cosine[counted], reduce="amin")
    friction = (1.0 - worst.square()).clamp_min(0.0).sqrt() / worst.clamp_min(1e-6)
    return torch.where(total >= cfg.min_contact, friction, _UNGRASPABLE)
