"""Where strokes run: key points as the push decoder takes them, and room for what is shoved ahead.

Objects in the way close up ahead of the fingers, and those in front shove further ones, so that a push that ends far
from the edge can still push something off the table.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.decoding.keypoints import push_disc, push_region
from pushgrasp.decoding.surface import surface
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.baselines.push_lines import REACH, PushLines, way_to_edge
from pushgrasp.policies.pg4da.action import MAP_SIZE
from pushgrasp.policies.pg4da.spatial.maps import cell_middles, map_cells, middle, step_of

ALONE = 36
"""Lines of one arm come first: twelve directions, on either side of the target and through it."""

SAMPLES = 32
"""Points of a line at which key points are looked for."""

LEAST_CELLS, LEAST_OF_PAIR = 2.0, 3.0
"""Least distance between where a stroke of one arm, or of a pair, begins and ends [cells of the map]."""

ALONG, ACROSS = 64, 5
"""Points of the way up to the edge, and of its breadth, at which is looked for objects."""


def key_region(height: Tensor, target: Tensor, objects: Tensor, workspace: Workspace, cfg: DecoderCfg) -> Tensor:
    """Cells of the map (N, 56, 56) in which the push decoder looks for key points, none of the target among them."""
    _, disc = push_disc(height, target, objects, workspace.resolution, cfg.push.reach, cfg.push.default_radius)
    region = push_region(disc, objects, workspace, cfg.push.surround, cfg.push.workspace_margin)
    return middle(region) & (max_pool2d(target[:, None].to(height), height.shape[1] // MAP_SIZE)[:, 0] == 0.0)


def keys_alone(lines: PushLines, workspace: Workspace) -> tuple[Tensor, Tensor, Tensor]:
    """First and last cells (N, 36) of the lines of one arm, and whether the last is far enough ahead, (N, 36)."""
    begin, end = (map_cells(points[:, :ALONE], workspace) for points in (lines.begin, lines.end))
    unit = torch.nn.functional.normalize((lines.end - lines.start)[:, :ALONE], dim=-1)
    ahead = ((cell_middles(end, workspace) - cell_middles(begin, workspace)) * unit).sum(dim=-1)
    return begin, end, ahead / step_of(workspace) > LEAST_CELLS - 1e-3


def keys_of_pairs(lines: PushLines, region: Tensor, workspace: Workspace) -> tuple[Tensor, Tensor, Tensor]:
    """First and last cells (N, L - 36) of the region along the other lines, and whether they are far enough apart.

    Both are on the side of the first: key points on either side of the middle are those of either arm. The decoder
    lengthens what is too short.
    """
    share = torch.linspace(0.0, 1.0, SAMPLES, device=region.device, dtype=lines.start.dtype)[:, None]
    along = torch.lerp(lines.start[:, ALONE:, None], lines.end[:, ALONE:, None], share)
    cells = map_cells(along, workspace)
    aside = cell_middles(cells, workspace)[..., 0] - lines.middle[:, None, None, 0]
    inside = region.flatten(1).gather(1, cells.flatten(1)).view(cells.shape) & (aside.abs() > workspace.resolution)
    first = inside.long().argmax(dim=2, keepdim=True)
    inside = inside & ((aside < 0.0) == (aside < 0.0).gather(2, first))
    last = SAMPLES - 1 - inside.flip(2).long().argmax(dim=2, keepdim=True)
    begin, end = (cells.gather(2, index)[..., 0] for index in (first, last))
    apart = (cell_middles(end, workspace) - cell_middles(begin, workspace)).norm(dim=-1) / step_of(workspace)
    return begin, end, inside.any(dim=2) & (apart > LEAST_OF_PAIR - 1e-3)


def room_ahead(start: Tensor, end: Tensor, objects: Tensor, workspace: Workspace) -> Tensor:
    """How much of the way from strokes to the edge stays free when they are done, shape (N, L) [m].

    All that stands between start and edge, in a strip as wide as a stroke sweeps, takes up free way; so does the
    stroke itself. With less than nothing left, something is pushed over the edge.

    Args:
        start: Where strokes begin [m], shape (N, L, 2).
        end: Where they end [m], shape (N, L, 2).
        objects: Cells of objects, shape (N, H, W), bool.
        workspace: Area of the maps.
    """
    along = end - start
    length = along.norm(dim=-1)
    unit = along / length[..., None].clamp_min(1e-6)
    way = way_to_edge(start, unit, workspace)
    ahead = way[..., None] * torch.linspace(0.0, 1.0, ALONG, device=start.device, dtype=start.dtype)
    aside = torch.linspace(-REACH, REACH, ACROSS, device=start.device, dtype=start.dtype)
    normal = torch.stack((-unit[..., 1], unit[..., 0]), dim=-1)
    middle = start[:, :, None] + ahead[..., None] * unit[:, :, None]
    points = middle[:, :, :, None] + aside[:, None] * normal[:, :, None, None]
    world = torch.arange(len(start), device=start.device)
    taken = surface(objects.to(start), workspace).at(world, points.flatten(1, 3)).view(points.shape[:-1]).amax(dim=-1)
    return way * (1.0 - taken).mean(dim=-1) - length
