"""The grasps that the spatial head may choose: cells of the target, each with all angle-view classes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pushgrasp.decoding.candidates import SeenTarget
from pushgrasp.decoding.class_fit import ClassFits, fit_classes
from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.grasping.angle_view import NUM_CLASSES, class_rotations
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import centroid
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.baselines.grasp_candidates import HoldCfg, cover_share, log_odds
from pushgrasp.policies.failed_grasps import FailedGrasps
from pushgrasp.policies.pg4da.action import MAP_SIZE
from pushgrasp.policies.pg4da.spatial.covers import covers, near_covers
from pushgrasp.policies.pg4da.spatial.maps import middle, middle_cells, seen_target
from pushgrasp.policies.pg4da.spatial.surroundings import (
    NUM_PROFILES,
    PROFILE_CHANNELS,
    PROFILE_COLUMNS,
    PROFILE_ROWS,
    profiles,
)

NUM_POINTS = 9
"""Most cells of the target that may be chosen: those nearest to its middle."""

GRASP_CHANNELS = ("feasible", "width", "depth", "facing", "steepness", "offset", "hold", "tight")
"""In units in which differences that matter are about one: 2 cm of width, 1 cm of depth, a quarter of a cosine, a unit
of slope, 2 cm between the cell and the target's middle, a quarter of the chance to hold that the heuristic sees;
whether the jaws fit only tightly; all 0 where the class is not feasible."""

HOLD = GRASP_CHANNELS.index("hold")

CORNERS = 4
"""Pixels in the middle of a cell of the map: a grasp's place is ``CORNERS * cell + corner``."""

SAME_PLACE, SAME_AXIS = 0.025, 0.9
"""A grasp is like one that failed within this distance [m], if their closing axes have at least this cosine."""

_UNITS = (1.0, 0.02, 0.01, 0.25, 1.0, 0.02, 0.25, 1.0)


@dataclass(frozen=True)
class GraspChoices:
    """Grasps that may be chosen in N worlds: what networks read of them, and where they are."""

    places: Tensor
    """Places on the feature map, :data:`CORNERS` times the cell, row by row, and which pixel in its middle, shape
    (N, 9), long, -1 where the target has fewer."""
    evidence: Tensor
    """What the grasp decoder finds for each class there, shape (N, 9, 360, 8), float32, in the order of
    :data:`GRASP_CHANNELS`."""
    looked: Tensor
    """Numbers of the likeliest grasps, point by point and in each all classes, shape (N, 256), long, -1 where there
    are fewer."""
    profiles: Tensor
    """What lies between their jaws (see ``surroundings``), shape (N, 256, 2, 33, 3), float32."""
    anchor: Tensor
    """Surface point of each place [m], shape (N, 9, 3)."""
    fit: Tensor
    """Offset of the TCP from there along the closing axis and along the approach, and jaw opening [m], shape
    (N, 9, 360, 3); zero where a class is not feasible."""

    def pose(self, world: Tensor, number: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return TCPs (B, 3) [m], rotations (B, 3, 3), openings (B,) [m] of grasps by number, and whether they fit.

        Args:
            world: Their worlds, shape (B,), long.
            number: Their numbers there, shape (B,), long.
        """
        point, class_index = number // NUM_CLASSES, number % NUM_CLASSES
        rotation = class_rotations().to(self.anchor)[class_index]
        shift, depth, width = self.fit[world, point, class_index].unbind(dim=1)
        position = self.anchor[world, point] + shift[:, None] * rotation[:, :, 0] + depth[:, None] * rotation[:, :, 2]
        return position, rotation, width, self.evidence[world, point, class_index, 0] > 0.5


def grasp_choices(
    heightmaps: Heightmaps,
    target_id: Tensor,
    workspace: Workspace,
    cfg: DecoderCfg,
    failed: FailedGrasps | None = None,
    none_in: Tensor | None = None,
    bare_in: Tensor | None = None,
) -> GraspChoices:
    """Find the grasps that may be chosen.

    Args:
        heightmaps: What the camera saw, 224 cells a side.
        target_id: Slot index + 1 of the target, shape (N,), long.
        workspace: Area of the heightmaps.
        cfg: Settings of the decoders.
        failed: Grasps that have failed; those like them are left out, as if they were not feasible.
        none_in: Worlds in which all are left out, shape (N,), bool.
        bare_in: Worlds in which those are left out that would lift what lies on the target, too, shape (N,), bool.
    """
    height, target = heightmaps.height, seen_target(heightmaps, target_id)
    cells, distance = _nearest(middle(target), target)
    world, place = (cells >= 0).nonzero(as_tuple=True)
    pixel, corner = _anchors(target, world, cells[world, place])
    points = torch.cat(
        (workspace.cell_to_xy(pixel).to(height), height[world, pixel[:, 0], pixel[:, 1]][:, None]), dim=1
    )
    seen = SeenTarget(height, target, workspace)
    fits = fit_classes(world, points, seen, cfg.grasp)
    rotations = class_rotations().to(height)
    if failed is not None:
        tcp = points[:, None] + fits.depth[..., None] * rotations[:, :, 2]
        alike = failed.alike(world[:, None], tcp, rotations[:, :, 0], SAME_PLACE, SAME_AXIS)
        fits.feasible[alike.any(dim=2)] = False
    if none_in is not None:
        fits.feasible[none_in[world]] = False
    if bare_in is not None:
        tcp = points[:, None] + fits.shift[..., None] * rotations[:, :, 0] + fits.depth[..., None] * rotations[:, :, 2]
        near = near_covers(world, tcp, covers(heightmaps, target, workspace))
        fits.feasible[bare_in[world][:, None] & near] = False
    cover = cover_share(height, target, workspace.resolution)[world]
    evidence = height.new_zeros(*cells.shape, NUM_CLASSES, len(GRASP_CHANNELS))
    evidence[world, place] = _evidence(fits, rotations, workspace.resolution * distance[world, place], cover)
    most, looked = evidence[..., HOLD].flatten(1).topk(NUM_PROFILES, dim=1)
    looked = looked.masked_fill(most == 0.0, -1)
    places, row = cells.clone(), torch.zeros_like(cells)
    places[world, place], row[world, place] = CORNERS * cells[world, place] + corner, torch.arange(len(world)).to(row)
    between = _between(looked, row, points, fits, rotations, seen)
    anchor, fit = height.new_zeros(*cells.shape, 3), height.new_zeros(*cells.shape, NUM_CLASSES, 3)
    anchor[world, place] = points
    fit[world, place] = torch.stack((fits.shift, fits.depth, fits.width), dim=2)
    evidence = (evidence / evidence.new_tensor(_UNITS)).float()
    return GraspChoices(places, evidence, looked, between.float(), anchor, fit)


def _evidence(fits: ClassFits, rotations: Tensor, offset: Tensor, cover: Tensor) -> Tensor:
    """What is known of the classes at points (M,) so far [m] from the target's middle, shape (M, 360, 8)."""
    hold = _chance(fits, rotations, cover)
    offset = offset[:, None].expand_as(fits.depth)
    channels = fits.feasible, fits.width, fits.depth, fits.facing, fits.steepness, offset, hold, fits.tight
    return torch.stack([channel.to(hold) for channel in channels], dim=2) * fits.feasible[..., None]


def _between(
    looked: Tensor,
    row: Tensor,
    points: Tensor,
    fits: ClassFits,
    rotations: Tensor,
    seen: SeenTarget,
) -> Tensor:
    """Profiles (N, 256, 2, 33, 3) of the grasps ``looked`` at (N, 256); ``row`` (N, 9) leads to points and fits."""
    found = points.new_zeros(*looked.shape, len(PROFILE_CHANNELS), PROFILE_ROWS, PROFILE_COLUMNS)
    world, kept = (looked >= 0).nonzero(as_tuple=True)
    point, class_index = row[world, looked[world, kept] // NUM_CLASSES], looked[world, kept] % NUM_CLASSES
    rotation = rotations[class_index]
    shift, depth = (values[point, class_index, None] for values in (fits.shift, fits.depth))
    tcp = points[point] + shift * rotation[:, :, 0] + depth * rotation[:, :, 2]
    found[world, kept] = profiles(world, tcp, rotation, seen)
    return found


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
    """Pixels (M, 2), (row, col), at which the jaws grasp when cells (M,) of the map are chosen, and which (M,).

    They are the first ones on the target of the four in the middle of each cell.
    """
    pixels = middle_cells(cells, target.shape[1])
    corner = target[world[:, None], pixels[..., 0], pixels[..., 1]].long().argmax(dim=1)
    return pixels[torch.arange(len(cells), device=cells.device), corner], corner
