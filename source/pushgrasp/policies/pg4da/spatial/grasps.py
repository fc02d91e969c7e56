"""The grasps that the spatial head may choose: cells of the target, each with all angle-view classes."""

from __future__ import annotations

import torch
from torch import Tensor

from pushgrasp.decoding.class_fit import ClassFits, fit_classes
from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.grasping.angle_view import NUM_CLASSES, class_rotations
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import centroid
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.baselines.grasp_candidates import cover_share
from pushgrasp.policies.baselines.grasp_odds import HoldCfg, log_odds
from pushgrasp.policies.pg4da.action import MAP_SIZE
from pushgrasp.policies.pg4da.spatial.maps import middle, middle_cells, seen_target
from pushgrasp.policies.pg4da.spatial.tried import TriedGrasps

NUM_POINTS = 9
"""Most cells of the target that may be chosen: those nearest to its middle."""

GRASP_CHANNELS = ("feasible", "width", "depth", "facing", "steepness", "offset", "hold", "tight")
"""In units in which differences that matter are about one: 2 cm of width, 1 cm of depth, a quarter of a cosine, a unit
of slope, 2 cm between the cell and the target's middle, a quarter of the chance to hold that the heuristic sees;
whether the jaws fit only tightly; all 0 where the class is not feasible."""

CORNERS = 4
"""Pixels in the middle of a cell of the map: a grasp's place is ``CORNERS * cell + corner``, see ``choices``."""

_UNITS = (1.0, 0.02, 0.01, 0.25, 1.0, 0.02, 0.25, 1.0)


def grasp_choices(
    heightmaps: Heightmaps,
    target_id: Tensor,
    workspace: Workspace,
    cfg: DecoderCfg,
    tried: TriedGrasps | None = None,
) -> tuple[Tensor, Tensor]:
    """Find the grasps that may be chosen.

    Args:
        heightmaps: What the camera saw, 224 cells a side.
        target_id: Slot index + 1 of the target, shape (N,), long.
        workspace: Area of the heightmaps.
        cfg: Settings of the decoders.
        tried: Grasps that have failed; those like them are left out, as if they were not feasible.

    Returns:
        Places on the feature map, :data:`CORNERS` times the cell, row by row, and which pixel in its middle, shape
        (N, 9), long, -1 where the target has fewer; and what the grasp decoder finds for each class there, shape
        (N, 9, 360, 8), float32, in the order of :data:`GRASP_CHANNELS`.
    """
    height, target = heightmaps.height, seen_target(heightmaps, target_id)
    cells, distance = _nearest(middle(target), target)
    world, place = (cells >= 0).nonzero(as_tuple=True)
    pixel, corner = _anchors(target, world, cells[world, place])
    points = torch.cat(
        (workspace.cell_to_xy(pixel).to(height), height[world, pixel[:, 0], pixel[:, 1]][:, None]), dim=1
    )
    fits = fit_classes(world, points, height, target, workspace, cfg.grasp)
    rotations = class_rotations().to(height)
    offset = (workspace.resolution * distance[world, place, None]).expand_as(fits.depth)
    hold = _chance(fits, rotations, cover_share(height, target, workspace.resolution)[world])
    if tried is not None:
        tcp = points[:, None] + fits.depth[..., None] * rotations[:, :, 2]
        fits.feasible[tried.resemble(world, tcp, rotations[:, :, 0])] = False
    channels = fits.feasible, fits.width, fits.depth, fits.facing, fits.steepness, offset, hold, fits.tight
    evidence = height.new_zeros(*cells.shape, NUM_CLASSES, len(GRASP_CHANNELS))
    told = torch.stack([channel.to(height) for channel in channels], dim=2)
    evidence[world, place] = told * fits.feasible[..., None]
    places = cells.clone()
    places[world, place] = CORNERS * cells[world, place] + corner
    return places, (evidence / evidence.new_tensor(_UNITS)).float()


def _chance(fits: ClassFits, rotations: Tensor, cover: Tensor) -> Tensor:
    """Chance that each class (360, 3, 3) holds, as the heuristic sees it under ``cover`` (M,), shape (M, 360)."""
    tilt = (-rotations[:, 2, 2]).clamp(-1.0, 1.0).acos()
    lean = rotations[:, 2, 0].abs().clamp(max=1.0).asin()
    facts = fits.facing, fits.steepness, fits.depth, tilt, lean, cover[:, None]
    return log_odds(*facts, HoldCfg()).sigmoid()


def _nearest(allowed: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Cells (N, 9) of masks (N, 56, 56) nearest to the target's middle, -1 for none, and their distances [pixels]."""
    size = target.shape[1] // MAP_SIZE
    axis = (torch.arange(MAP_SIZE, device=target.device) + 0.5) * size - 0.5
    row, column = centroid(target).unbind(dim=1)
    distance = torch.hypot(axis[:, None] - row[:, None, None], axis - column[:, None, None])
    distance = distance.masked_fill(~allowed, torch.inf).flatten(1)
    near, cells = distance.sort(dim=1, stable=True)
    near, cells = near[:, :NUM_POINTS], cells[:, :NUM_POINTS]
    return torch.where(near < torch.inf, cells, -1), near


def _anchors(target: Tensor, world: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
    """Pixels (M, 2), (row, col), at which the decoder grasps when cells (M,) of the map are chosen, and which (M,).

    They are the first ones on the target of the four in the middle of each cell.
    """
    pixels = middle_cells(cells, target.shape[1])
    corner = target[world[:, None], pixels[..., 0], pixels[..., 1]].long().argmax(dim=1)
    return pixels[torch.arange(len(cells), device=cells.device), corner], corner
