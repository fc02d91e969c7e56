"""Every feasible pair of cell and angle-view class of one target, and the choice of the best by heatmap and depth.

The heatmap alone is the published choice. The depth evidence tells how squarely the pads meet the target's outline,
which a net that sees colours only cannot measure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from pushgrasp.decoding.candidates import Candidates, SeenTarget, start_candidates
from pushgrasp.decoding.checks import check_finite, check_mask, check_shape
from pushgrasp.decoding.class_fit import contact, slopes
from pushgrasp.decoding.grasp import GraspDecoderCfg
from pushgrasp.grasping.angle_view import NUM_CLASSES, class_rotations
from pushgrasp.grasping.data.cells import GRID, cell_points
from pushgrasp.gripper.fit import fit
from pushgrasp.perception.workspace import Workspace

CHUNK = 4000
"""Pairs tested at a time."""

STEEPEST = 3.0
"""Slope beyond which a contact is a wall, whatever the slope."""

SQUARE, STEEP = 10.0, 1.0
"""Weights of squareness and steepness in the evidence, in units of the heatmap's logits."""


@dataclass(frozen=True)
class TargetPairs:
    """K feasible pairs of cell and class of one target, by cell and then by class."""

    cell: Tensor
    """Grid cell, row * 56 + column, shape (K,), long."""
    view_angle: Tensor
    """Angle-view class, shape (K,), long."""
    position: Tensor
    """TCP [m], shape (K, 3)."""
    width: Tensor
    """Jaw opening before closing [m], shape (K,)."""
    squareness: Tensor
    """Cosine between closing axis and outline at the worse pad, if the sides stand upright, shape (K,)."""
    steepness: Tensor
    """Slope of the target's surface at the flatter contact, at most `STEEPEST`, shape (K,)."""

    @property
    def evidence(self) -> Tensor:
        """How well the depth says that the jaws hold, in units of the heatmap's logits, shape (K,)."""
        return SQUARE * self.squareness + STEEP * self.steepness

    def scores(self, heatmap: Tensor) -> Tensor:
        """Scores (K,) of a heatmap (360, 56, 56)."""
        check_shape("heatmap", heatmap, (NUM_CLASSES, GRID, GRID))
        return heatmap.flatten(1)[self.view_angle, self.cell]


def feasible_pairs(
    height: Tensor, target_mask: Tensor, workspace: Workspace, cfg: GraspDecoderCfg | None = None
) -> TargetPairs:
    """Pairs with which the grasp decoder's jaws fit round the target, with room, and meet nothing on the way.

    Args:
        height: Heightmap [m], shape (224, 224).
        target_mask: Cells of the target, shape (224, 224), bool; an empty mask gives no pair.
        workspace: Area of the heightmap.
        cfg: Settings of the grasp decoder; the defaults if None.

    Raises:
        ValueError: On a wrong shape or type, or NaN in the heightmap.
    """
    cfg = cfg or GraspDecoderCfg()
    check_shape("height", height, (workspace.cells, workspace.cells))
    check_mask("target_mask", target_mask, (workspace.cells, workspace.cells))
    check_finite("height", height)
    cells, rotations = cell_points(height, target_mask.long(), workspace), class_rotations().to(height)
    allowed = (-rotations[:, 2, 2] >= math.cos(cfg.max_tilt) - 1e-6).nonzero()[:, 0]
    place, kind = torch.arange(len(cells.cell)).repeat_interleave(len(allowed)), allowed.repeat(len(cells.cell))
    maps, mask = height[None], target_mask[None]
    around = SeenTarget.of(maps, mask, workspace)
    outline, relief = slopes(mask.to(maps), workspace), slopes(maps * mask, workspace)
    parts = []
    for some in torch.arange(len(place)).split(CHUNK):  # at least one part, which may be empty
        world = torch.zeros_like(some)
        tried = start_candidates(world, cells.point[place[some]], rotations[kind[some]])
        found = fit(tried, around, cfg)
        sides = torch.stack([contact(found, side, outline, relief, cfg.opening_margin) for side in (-1.0, 1.0)])
        row = some[found.row]
        parts.append(_pairs(found, cells.cell[place[row]], kind[row], sides.amin(dim=0)))
    return TargetPairs(*(torch.cat([getattr(part, name) for part in parts]) for name in vars(parts[0])))


def _pairs(found: Candidates, cell: Tensor, view_angle: Tensor, worse: Tensor) -> TargetPairs:
    """Pairs of fitting candidates; ``worse`` (2, B) holds facing and steepness of the worse pad."""
    level = found.rotation[:, :2, 0].norm(dim=1)  # cosine of the closing axis against the table
    return TargetPairs(cell, view_angle, found.position, found.width, worse[0] * level, worse[1].clamp(max=STEEPEST))
