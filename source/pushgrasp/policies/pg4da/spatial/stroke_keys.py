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


def key_region(
    height: Tensor, target: Tensor, objects: Tensor, seen: Tensor, workspace: Workspace, cfg: DecoderCfg
) -> Tensor:
    """Cells of the map (N, 56, 56) that may be key points: the decoder looks there, and none of the target is in them.

    Where the target is out of view, the decoder's disc lies around the key point itself: those must be on objects.
    """
    _, disc = push_disc(height, target, objects, workspace.resolution, cfg.push.reach, cfg.push.default_radius)
    around = torch.where(seen[:, None, None], disc, objects)
    region = push_region(around, objects, workspace, cfg.push.surround, cfg.push.workspace_margin)
    region &= seen[:, None, None] | objects
    return middle(region) & (max_pool2d(target[:, None].to(height), height.shape[1] // MAP_SIZE)[:, 0] == 0.0)


def key_cells(
    lines: PushLines, region: Tensor, reach: Tensor, num_arms: int, workspace: Workspace
) -> tuple[Tensor, Tensor, Tensor]:
    """First and last cells (N, L) of the region along each line, and whether they are far enough apart, (N, L).

    The first is at most ``reach`` (N,) [m] from the last that there could be. Key points on either side of the middle
    would make both arms push, so that both are on the side of the first. The decoder lengthens what is too
    short.
    """
    share = torch.linspace(0.0, 1.0, SAMPLES, device=region.device, dtype=lines.start.dtype)[:, None]
    cells = map_cells(torch.lerp(lines.start[:, :, None], lines.end[:, :, None], share), workspace)
    inside = region.flatten(1).gather(1, cells.flatten(1)).view(cells.shape)
    points = cell_middles(cells, workspace)
    last = SAMPLES - 1 - inside.flip(2).long().argmax(dim=2, keepdim=True)
    ahead = points - points.gather(2, last[..., None].expand(-1, -1, -1, 2))
    inside = inside & (ahead.norm(dim=-1) <= reach[:, None, None])
    if num_arms == 2:
        aside = points[..., 0] - lines.middle[:, None, None, 0]
        inside = inside & ((aside.abs() > workspace.resolution) | (reach < torch.inf)[:, None, None])
        first = inside.long().argmax(dim=2, keepdim=True)
        inside = inside & ((reach < torch.inf)[:, None, None] | ((aside < 0.0) == (aside < 0.0).gather(2, first)))
    first = inside.long().argmax(dim=2, keepdim=True)
    last = SAMPLES - 1 - inside.flip(2).long().argmax(dim=2, keepdim=True)
    begin, end = (cells.gather(2, index)[..., 0] for index in (first, last))
    apart = (cell_middles(end, workspace) - cell_middles(begin, workspace)).norm(dim=-1) / step_of(workspace)
    in_pair = torch.arange(apart.shape[1], device=apart.device) >= ALONE
    return begin, end, inside.any(dim=2) & (apart > torch.where(in_pair, LEAST_OF_PAIR, LEAST_CELLS) - 1e-3)


def leads_left(begin: Tensor, end: Tensor) -> Tensor:
    """Whether a stroke (...) has both key points on one side of its end, where the decoder's centre then lies."""
    return begin % MAP_SIZE >= end % MAP_SIZE


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
