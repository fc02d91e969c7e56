"""Grasps in the camera's frame from an angle-view heatmap and a depth picture.

After Gou et al. 2021 ("RGB Matters"): of each cell the best classes, of these the best overall, become grasps at the
surface seen there; those that would touch something are dropped, and of near duplicates the best stays. Here the jaws
also open as far as the depth profile between them demands, and move to the middle of what they take.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch

from pushgrasp.grasping.angle_view import NUM_CLASSES, class_rotations
from pushgrasp.grasping.graspnet.jaw_fit import JawCfg, fit_jaws
from pushgrasp.grasping.graspnet.poses import UNKNOWN, GraspPoses, suppress
from pushgrasp.grasping.graspnet.square import SquareView
from pushgrasp.perception.camera import deproject

_NEAR_TOP = 0.01  # m below a cell's nearest point within which the surface counts as the same


@dataclass
class PredictionCfg:
    """How a heatmap becomes grasps."""

    jaws: JawCfg = field(default_factory=JawCfg)
    top_per_cell: int = 10
    """Classes of a cell that are looked at."""
    candidates: int = 512
    """Pairs of cell and class that are looked at in all."""
    keep: int = 50
    """Grasps handed out at most."""

    def __post_init__(self) -> None:
        """Raise ValueError for counts below 1."""
        for name in ("top_per_cell", "candidates", "keep"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")


def camera_rotations(like: torch.Tensor) -> torch.Tensor:
    """Gripper rotation of every class in the camera's optical frame (x right, y down, z forward), shape (360, 3, 3).

    The classes are those of a picture whose frame has x right, y up and z towards the camera.
    """
    return like.new_tensor((1.0, -1.0, -1.0))[:, None] * class_rotations().to(like)


def predict_grasps(
    heatmap: torch.Tensor,
    depth: torch.Tensor,
    intrinsics: torch.Tensor,
    view: SquareView,
    cfg: PredictionCfg | None = None,
    ids: torch.Tensor | None = None,
    mask: torch.Tensor | None = None,
) -> GraspPoses:
    """Distinct grasps that touch nothing but their object, in the order of falling score.

    Args:
        heatmap: Scores of ``AngleViewNet`` for ``view.colour(rgb)``, shape (360, h, w), any monotone scale.
        depth: Distance to the image plane [m], shape (H, W); 0 or not finite where nothing came back.
        intrinsics: Camera matrix [pixel], shape (3, 3), pixel centres at halves (add 0.5 to the cx and cy of OpenCV).
        view: How the net's picture lies in the camera's.
        cfg: Settings; None takes the defaults.
        ids: Object of every pixel, 0 for the background, integer, shape (H, W); without it, what is next to an object
            counts as part of it, and grasps of the background are not ruled out beforehand.
        mask: Pixels of the objects that may be grasped, bool, shape (H, W); None allows all.

    Returns:
        At most ``cfg.keep`` grasps in the camera's optical frame; none if no candidate fits.

    Raises:
        ValueError: If shapes do not fit each other, the mask is empty, or no pixel has a depth.
    """
    cfg = cfg or PredictionCfg()
    _require(heatmap, depth, intrinsics, view, ids, mask)
    labels = torch.ones_like(depth, dtype=torch.long) if ids is None else ids.long()
    allowed = labels > 0 if mask is None else mask & (labels > 0)
    points, seen_ids, target = _seen(depth, labels, allowed, intrinsics, view)
    cells, anchor = _anchors(points, target, heatmap.shape[1])
    score, cell, class_index = _best(heatmap.flatten(1)[:, cells], cfg)
    zero, rotation = torch.zeros_like(score), camera_rotations(points)[class_index]
    object_id = torch.full_like(class_index, UNKNOWN) if ids is None else seen_ids[anchor[cell]]
    found = GraspPoses(points[anchor[cell]], rotation, zero, zero, score, object_id, class_index)
    fitted = [_fit(found.select(cell == place), points, seen_ids, cfg.jaws) for place in cell.unique()]
    merged = [torch.cat([getattr(part, name) for part in (found.select(cell < 0), *fitted)]) for name in vars(found)]
    return suppress(GraspPoses(*merged), keep=cfg.keep)


def _seen(
    depth: torch.Tensor, labels: torch.Tensor, allowed: torch.Tensor, intrinsics: torch.Tensor, view: SquareView
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Point, object and permission of each pixel of the square picture, row by row; points are NaN where unseen."""
    depth = view.nearest(torch.where(depth.isfinite() & (depth > 0.0), depth, torch.zeros_like(depth)))
    depth = torch.where(depth > 0.0, depth, torch.nan)
    camera = view.intrinsics(intrinsics.to(depth))
    points = deproject(depth[None], camera[None], torch.eye(3).to(depth)[None], torch.zeros(1, 3).to(depth))
    points = points.view(-1, 3)
    permitted = view.nearest(allowed).flatten() & points[:, 2].isfinite()
    return points, view.nearest(labels).flatten(), permitted


def _anchors(points: torch.Tensor, target: torch.Tensor, rows: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Cells that show something to grasp, and the pixel of the square picture where a grasp of each begins.

    The cell's nearest surface counts; of its pixels the one closest to the cell's middle.
    """
    size = int(len(points) ** 0.5)
    block = size // rows
    pixel = torch.arange(len(points), device=points.device).view(rows, block, rows, block).transpose(1, 2).flatten(2)
    pixel = pixel.flatten(0, 1)
    depth = torch.where(target, points[:, 2], torch.inf)[pixel]
    top = depth <= depth.amin(dim=1, keepdim=True) + _NEAR_TOP
    offset = torch.arange(block, device=points.device) - (block - 1) / 2
    away = (offset[:, None].square() + offset.square()).flatten()
    chosen = torch.where(top, away, torch.inf).argmin(dim=1)
    cells = depth.isfinite().any(dim=1).nonzero()[:, 0]
    return cells, pixel[cells, chosen[cells]]


def _best(scores: torch.Tensor, cfg: PredictionCfg) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Score, cell and class of the best pairs of scores (360, C)."""
    score, class_index = scores.topk(min(cfg.top_per_cell, NUM_CLASSES), dim=0)
    best = score.flatten().topk(min(cfg.candidates, score.numel()))
    return best.values, best.indices % scores.shape[1], class_index.flatten()[best.indices]


def _fit(grasps: GraspPoses, points: torch.Tensor, labels: torch.Tensor, cfg: JawCfg) -> GraspPoses:
    """Grasps that fit, with their middle, opening and depth; those handed in sit at one surface point."""
    near = (points - grasps.position[0]).square().sum(dim=1) < cfg.reach**2  # false where nothing is seen
    local = (points[near] - grasps.position[0]) @ grasps.rotation
    known = grasps.object_id[:, None] != UNKNOWN
    body = torch.where(known, labels[near] == grasps.object_id[:, None], labels[near] > 0)
    fit = fit_jaws(local, body, cfg)
    closing, approach = grasps.rotation[:, :, 0], grasps.approach
    position = grasps.position + fit.shift[:, None] * closing + fit.depth[:, None] * approach
    return replace(grasps, position=position, width=fit.width, depth=fit.depth).select(fit.fits)


def _require(
    heatmap: torch.Tensor,
    depth: torch.Tensor,
    intrinsics: torch.Tensor,
    view: SquareView,
    ids: torch.Tensor | None,
    mask: torch.Tensor | None,
) -> None:
    """Raise ValueError naming the first argument that does not fit."""
    shape = (view.height, view.width)
    if heatmap.ndim != 3 or heatmap.shape[0] != NUM_CLASSES or heatmap.shape[1] != heatmap.shape[2]:
        raise ValueError(f"heatmap has shape {tuple(heatmap.shape)}; expected ({NUM_CLASSES}, n, n)")
    if view.size % heatmap.shape[1]:
        raise ValueError(f"heatmap of {heatmap.shape[1]} cells does not divide a picture of {view.size} pixels")
    for name, value in (("depth", depth), ("ids", ids), ("mask", mask)):
        if value is not None and tuple(value.shape) != shape:
            raise ValueError(f"{name} has shape {tuple(value.shape)}; the colour picture has {shape}")
    if tuple(intrinsics.shape) != (3, 3):
        raise ValueError(f"intrinsics have shape {tuple(intrinsics.shape)}; expected (3, 3)")
    if mask is not None and not bool(mask.any()):
        raise ValueError("the target mask is empty: there is nothing to grasp")
    if not bool((depth.isfinite() & (depth > 0.0)).any()):
        raise ValueError("the depth picture has no pixel with a depth above 0")
