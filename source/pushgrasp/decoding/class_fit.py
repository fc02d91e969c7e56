"""Which angle-view classes can grasp at given points, or all over a target, and how well the jaws fit there.

The heatmap alone is the published choice among the pairs of cell and class of a target. The depth evidence tells how
squarely the pads meet the target's outline, which a net that sees colours only cannot measure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from pushgrasp.decoding.candidates import Candidates, SeenTarget, start_candidates
from pushgrasp.decoding.checks import check_finite, check_mask, check_shape
from pushgrasp.decoding.grasp import GraspDecoderCfg, fit_ways
from pushgrasp.grasping.angle_view import NUM_CLASSES, class_rotations, classes_within
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
class ClassFits:
    """The grasp decoder's verdict on every angle-view class at M points."""

    feasible: Tensor
    """Whether the jaws fit round the target and meet nothing on the way, shape (M, 360), bool."""
    tight: Tensor
    """Whether they do so only in the decoder's last way, tight, shape (M, 360), bool."""
    width: Tensor
    """Jaw opening before closing [m], shape (M, 360); 0 where not feasible."""
    depth: Tensor
    """How far the tips go below the surface [m], shape (M, 360); 0 where not feasible."""
    shift: Tensor
    """How far the TCP lies from the point along the closing axis [m], shape (M, 360); 0 where not feasible."""
    facing: Tensor
    """How squarely the outline meets the worse pad (see `SeenTarget.contact`), shape (M, 360); 0 where not feasible."""
    steepness: Tensor
    """Slope of the target's surface at the flatter contact, shape (M, 360); 0 where not feasible."""


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


def try_classes(
    world: Tensor, points: Tensor, max_tilt: float, most: int
) -> Iterator[tuple[Tensor, Tensor, Candidates]]:
    """Every class within a tilt at every surface point, as candidates to be fitted.

    Args:
        world: World of each point, shape (M,), long.
        points: Surface points [m], shape (M, 3).
        max_tilt: Largest angle between approach and vertical [rad].
        most: Candidates at a time, unless a single point has more.

    Yields:
        Point and class of each candidate, shape (B,), long, and the candidates; at least once.
    """
    rotations = class_rotations().to(points)
    allowed = classes_within(max_tilt, rotations)
    point = torch.arange(len(points), device=points.device).repeat_interleave(len(allowed))
    kind = allowed.repeat(len(points))
    chunk = max(1, most // len(allowed)) * len(allowed)
    for some, classes in zip(point.split(chunk), kind.split(chunk), strict=True):
        yield some, classes, start_candidates(world[some], points[some], rotations[classes])


def fit_classes(world: Tensor, points: Tensor, seen: SeenTarget, cfg: GraspDecoderCfg) -> ClassFits:
    """Try every class within ``cfg.max_tilt`` at surface points (M, 3) [m] of worlds (M,), long."""
    shape = len(points), NUM_CLASSES
    found = ClassFits(
        *(torch.zeros(shape, dtype=torch.bool, device=points.device) for _ in range(2)),
        *(torch.zeros(shape, device=points.device, dtype=points.dtype) for _ in range(5)),
    )
    for point, classes, tried in try_classes(world, points, cfg.max_tilt, cfg.max_candidates):
        for way, fitting in zip(cfg.ways(), fit_ways(tried, seen, cfg), strict=True):
            where = point[fitting.row], classes[fitting.row]
            found.feasible[where], found.tight[where] = True, way is not cfg
            found.width[where], found.depth[where], found.shift[where] = fitting.width, fitting.depth, fitting.shift
            found.facing[where], found.steepness[where] = seen.contact(fitting, way.opening_margin).unbind()
    return found


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
    cells = cell_points(height, target_mask.long(), workspace)
    seen, world = SeenTarget(height[None], target_mask[None], workspace), torch.zeros_like(cells.cell)
    parts = []
    for place, classes, tried in try_classes(world, cells.point, cfg.max_tilt, CHUNK):
        found = fit(tried, seen, cfg)
        worse = seen.contact(found, cfg.opening_margin)
        parts.append(_pairs(found, cells.cell[place[found.row]], classes[found.row], worse))
    return TargetPairs(*(torch.cat([getattr(part, name) for part in parts]) for name in vars(parts[0])))


def _pairs(found: Candidates, cell: Tensor, view_angle: Tensor, worse: Tensor) -> TargetPairs:
    """Pairs of fitting candidates; ``worse`` (2, B) holds facing and steepness of the worse pad."""
    level = found.rotation[:, :2, 0].norm(dim=1)  # cosine of the closing axis against the table
    return TargetPairs(cell, view_angle, found.position, found.width, worse[0] * level, worse[1].clamp(max=STEEPEST))
