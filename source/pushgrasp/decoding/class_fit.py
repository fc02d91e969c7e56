"""Which angle-view classes can grasp at a given point, and how well the jaws fit there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from pushgrasp.decoding.candidates import Candidates, SeenTarget, start_candidates
from pushgrasp.decoding.grasp import GraspDecoderCfg, fit_ways
from pushgrasp.decoding.surface import Surface, surface
from pushgrasp.grasping.angle_view import NUM_CLASSES, class_rotations
from pushgrasp.perception.masks import centroid
from pushgrasp.perception.workspace import Workspace

BREADTH = (-0.008, 0.0, 0.008)
"""Where across a pad its contact is looked at [m]."""


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
    """How squarely the outline meets the pads: the smaller one, over both sides, of the mean cosine of the horizontal
    angle between the outline's normal at the contact and the closing axis; shape (M, 360), 0 where not feasible."""
    steepness: Tensor
    """Slope of the target's surface at the flatter of the two contacts, blurred over a cell; shape (M, 360), 0 where
    not feasible. A wall has several units, a roof that the pads slide off about one."""


def central_points(target_mask: Tensor, height: Tensor, workspace: Workspace) -> Tensor:
    """Surface points [m] at the mask's cells nearest to its centroid, shape (N, 3); anywhere where it is empty."""
    rows = torch.arange(height.shape[1], device=height.device)[:, None]
    columns = torch.arange(height.shape[2], device=height.device)
    centre = centroid(target_mask).to(height)[:, :, None, None]
    distance = (rows - centre[:, 0]).square() + (columns - centre[:, 1]).square()
    cell = distance.masked_fill(~target_mask, torch.inf).flatten(1).argmin(dim=1)
    xy = workspace.cell_to_xy(torch.stack((cell // height.shape[2], cell % height.shape[2]), dim=1)).to(height)
    return torch.cat((xy, height.flatten(1).gather(1, cell[:, None])), dim=1)


def fit_classes(
    world: Tensor, points: Tensor, height: Tensor, target_mask: Tensor, workspace: Workspace, cfg: GraspDecoderCfg
) -> ClassFits:
    """Try every class within ``cfg.max_tilt`` at surface points.

    Args:
        world: World of each point, shape (M,), long.
        points: Surface points [m], shape (M, 3).
        height: Heightmap [m], shape (N, H, W).
        target_mask: Cells of the target, shape (N, H, W), bool; where it is empty nothing is feasible.
        workspace: Area of the maps.
        cfg: Settings of the grasp decoder.
    """
    rotations = class_rotations().to(height)
    allowed = (-rotations[:, 2, 2] >= math.cos(cfg.max_tilt) - 1e-6).nonzero()[:, 0]
    seen = target_mask.flatten(1).any(dim=1)[world].nonzero()[:, 0]
    around, shape = SeenTarget.of(height, target_mask, workspace), (len(points), NUM_CLASSES)
    found = ClassFits(
        *(torch.zeros(shape, dtype=torch.bool, device=height.device) for _ in range(2)),
        *(torch.zeros(shape, device=height.device, dtype=height.dtype) for _ in range(5)),
    )
    outline = slopes(target_mask.to(height), workspace)
    relief = slopes(height * target_mask, workspace)
    for some in seen.split(max(1, cfg.max_candidates // len(allowed))):
        point, classes = some.repeat_interleave(len(allowed)), allowed.repeat(len(some))
        tried = start_candidates(world[point], points[point], rotations[classes])
        for way, fitting in zip(cfg.ways(), fit_ways(tried, around, cfg), strict=True):
            where = point[fitting.row], classes[fitting.row]
            found.feasible[where], found.tight[where] = True, way is not cfg
            found.width[where], found.depth[where], found.shift[where] = fitting.width, fitting.depth, fitting.shift
            sides = [contact(fitting, side, outline, relief, way.opening_margin) for side in (-1.0, 1.0)]
            found.facing[where], found.steepness[where] = torch.stack(sides).amin(dim=0).unbind()
    return found


def slopes(values: Tensor, workspace: Workspace) -> tuple[Surface, Surface]:
    """Derivatives of maps (N, H, W) along x and y [1/m], blurred over a cell."""
    smooth = gaussian_blur(values[:, None], [7, 7], [1.0, 1.0])[:, 0]
    down, right = torch.gradient(smooth, spacing=workspace.resolution, dim=(1, 2))
    return surface(right, workspace), surface(-down, workspace)


def contact(
    candidates: Candidates,
    side: float,
    outline: tuple[Surface, Surface],
    relief: tuple[Surface, Surface],
    margin: float,
) -> Tensor:
    """How the pad at ``side`` of the closing axis (-1 or 1) meets the target: facing and steepness, shape (2, B).

    Both are taken over the pad's breadth, so that a corner, whose two sides face away, does not count as square.
    """
    closing, across = candidates.rotation[:, :, 0], candidates.rotation[:, :, 1]
    middle = candidates.position + side * (candidates.width / 2 - margin)[:, None] * closing
    points = (middle[:, None] + across.new_tensor(BREADTH)[:, None] * across[:, None])[..., :2]
    normals, rises = (
        torch.stack([derivative.at(candidates.world, points) for derivative in pair], dim=2)
        for pair in (outline, relief)
    )
    flat = torch.nn.functional.normalize(closing[:, :2], dim=1)
    towards = -side * (normals.sum(dim=1) * flat).sum(dim=1)
    return torch.stack((towards / normals.norm(dim=2).sum(dim=1).clamp_min(1e-6), rises.norm(dim=2).mean(dim=1)))
