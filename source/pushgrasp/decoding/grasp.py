"""Grasp decoder: the best cell of a score map and the ordered angle-view classes become a 6-DoF grasp.

After Wang & Kasaei 2025, Sec. III-C2: the masked feature map and the depth give the place, the sorted angle-view
classes the orientation. The paper takes the first class; here the first one that can be carried out wins.

In dense clutter there is seldom room for wide open jaws. Where they do not fit, the same class is tried once more,
tight: over the heads of the neighbours, closer to the target, brushing against what is next to it. Before any push,
one such grasp at least lifts the target in 67 % of 128 scenes of P1, cases 1 and 2; one with room does in 40 %, and one
of the oracle's in 66 % (16 grasps of each kind tried in copies).
"""

import math
from dataclasses import dataclass, replace
from typing import Annotated

import torch
from torch import Tensor

from pushgrasp.decoding.candidates import Candidates, SeenTarget, start_candidates
from pushgrasp.decoding.checks import check_finite, check_mask, check_scores, check_shape
from pushgrasp.grasping.angle_view import NUM_CLASSES, class_rotations, classes_within
from pushgrasp.gripper.fit import FitCfg, fit
from pushgrasp.perception.workspace import Workspace
from pushgrasp.settings import Count, Positive, Range


@dataclass
class GraspDecoderCfg(FitCfg):
    """Settings of the grasp decoder; lengths in metres."""

    tight: bool = True
    """Whether jaws that do not fit so are tried once more with the next three settings."""
    tight_depth: Positive = 0.014
    """Depth below the surface point in tight places."""
    tight_margin: Positive = 0.005
    """Opening on either side of the target's body in tight places."""
    tight_tolerance: Positive = 0.004
    """Intersection with a seen surface that is accepted in tight places: neighbours are brushed aside. The tips
    come no closer to the table."""
    descent: Positive = 0.10
    """Length of the straight approach that is tested."""
    max_tilt: Annotated[float, Range(above=0, below=math.pi / 2)] = math.radians(60.0)
    """Largest angle between approach and vertical [rad]."""
    class_chunk: Count = 36
    """Classes tested at a time per world, fewer where there are many worlds."""
    max_candidates: Count = 2_500
    """Candidates tested at a time in all worlds, if one class per world allows. Few enough for their points to stay in
    the cache: 2,000 at a time take 0.58 times as long as 20,000 (16 worlds, one core)."""

    def check(self, where: str) -> None:
        """Reject settings without a meaning."""
        super().check(where)
        for name in ("depth", "tight_depth"):
            if getattr(self, name) < self.min_depth:
                depths = getattr(self, name), self.min_depth
                raise ValueError(f"{where}.{name}, min_depth={depths}: a depth of at least min_depth is needed")

    def ways(self) -> list["GraspDecoderCfg"]:
        """Settings with which jaws are placed, in the order in which they are tried."""
        if not self.tight:
            return [self]
        tight = replace(
            self,
            depth=self.tight_depth,
            opening_margin=self.tight_margin,
            tolerance=self.tight_tolerance,
            tip_clearance=self.tip_clearance + self.tight_tolerance - self.tolerance,  # no closer to the table
        )
        return [self, tight]


@dataclass
class Grasps:
    """One grasp per world; where ``valid`` is False the pose is only a placeholder, with the best-ranked class."""

    position: Tensor
    """TCP [m], shape (N, 3), world frame."""
    rotation: Tensor
    """Gripper to world, shape (N, 3, 3), +z approach, +x closing direction."""
    width: Tensor
    """Jaw opening before closing [m], shape (N,)."""
    class_index: Tensor
    """Angle-view class, shape (N,), long."""
    valid: Tensor
    """Whether the grasp can be carried out, shape (N,), bool."""


def best_points(score_map: Tensor, height: Tensor, workspace: Workspace) -> Tensor:
    """Surface points [m] of the best cells of (N, H, W) score maps (first cell on ties), shape (N, 3)."""
    columns = score_map.shape[2]
    best = score_map.flatten(1).argmax(dim=1)
    xy = workspace.cell_to_xy(torch.stack((best // columns, best % columns), dim=-1)).to(height)
    return torch.cat((xy, height.flatten(1).gather(1, best[:, None])), dim=1)


def rank_classes(v_avh: Tensor, rotations: Tensor, max_tilt: float) -> Tensor:
    """Classes within ``max_tilt`` [rad] in the order of falling score (N, 360), lower index first on ties; (N, A)."""
    allowed = classes_within(max_tilt, rotations)
    return allowed[v_avh[:, allowed].sort(dim=1, descending=True, stable=True).indices]


def fit_ways(candidates: Candidates, seen: SeenTarget, cfg: GraspDecoderCfg) -> list[Candidates]:
    """For each of ``cfg.ways()`` the candidates that fit, of those that fit in none before."""
    parts: list[Candidates] = []
    for way in cfg.ways():
        parts.append(fit(candidates, seen, way))
        candidates = candidates.select(~torch.isin(candidates.row, parts[-1].row))
    return parts


def decode_grasps(
    score_map: Tensor, v_avh: Tensor, height: Tensor, target_mask: Tensor, workspace: Workspace, cfg: GraspDecoderCfg
) -> Grasps:
    """The first class in the order of falling ``v_avh`` with which the jaws fit round the target at its best cell.

    Args:
        score_map: scores, shape (N, H, W), -inf outside the mask.
        v_avh: score of each angle-view class, shape (N, 360).
        height: heightmap [m], shape (N, H, W).
        target_mask: cells of the target, shape (N, H, W), bool; an empty mask gives no valid grasp.
        workspace: area of the maps.
        cfg: settings.

    Raises:
        ValueError: on a wrong shape, or NaN in a map.
    """
    shape = (score_map.shape[0], workspace.cells, workspace.cells)
    check_shape("score_map", score_map, shape)
    check_shape("v_avh", v_avh, (shape[0], NUM_CLASSES))
    check_shape("height", height, shape)
    check_mask("target_mask", target_mask, shape)
    check_scores("score_map", score_map)
    check_finite("v_avh", v_avh)
    check_finite("height", height)
    score_map = score_map.masked_fill(~target_mask, -torch.inf)
    anchor = best_points(score_map, height, workspace)
    seen = (score_map > -torch.inf).flatten(1).any(dim=1)
    rotations = class_rotations().to(height)
    ranked = rank_classes(v_avh, rotations, cfg.max_tilt)
    return search(anchor, seen, ranked, rotations, SeenTarget(height, target_mask, workspace), cfg)


def search(
    anchor: Tensor,
    seen: Tensor,
    ranked: Tensor,
    rotations: Tensor,
    around: SeenTarget,
    cfg: GraspDecoderCfg,
) -> Grasps:
    """Try the ranked classes (N, A) chunk by chunk at the anchors (N, 3) of the worlds ``seen`` (N,).

    The first class comes alone: a policy that chooses among feasible grasps needs no other.
    """
    first = ranked[:, 0].clone()
    found = Grasps(
        anchor.clone(),
        rotations[first],
        torch.full_like(anchor[:, 0], cfg.gripper.stroke),
        first,
        torch.zeros_like(seen),
    )
    chunk = max(1, min(cfg.class_chunk, cfg.max_candidates // max(1, len(anchor))))
    for classes in (ranked[:, :1], *ranked[:, 1:].split(chunk, dim=1)):
        world = (seen & ~found.valid).nonzero()[:, 0]
        if len(world) == 0:
            break
        each = world.repeat_interleave(classes.shape[1])
        tried = start_candidates(each, anchor[each], rotations[classes[world].flatten()])
        store_first(found, Candidates.join(fit_ways(tried, around, cfg)), classes)
    return found


def store_first(found: Grasps, fitting: Candidates, classes: Tensor) -> None:
    """Write the first fitting candidate of each world into ``found``; they come from the chunk ``classes`` (N, C)."""
    rank = fitting.row % classes.shape[1]
    best = torch.full_like(found.class_index, classes.shape[1]).scatter_reduce(0, fitting.world, rank, "amin")
    chosen = fitting.select(rank == best[fitting.world])
    world = chosen.world
    found.position[world], found.rotation[world], found.width[world] = chosen.position, chosen.rotation, chosen.width
    found.class_index[world] = classes[world, best[world]]
    found.valid[world] = True
