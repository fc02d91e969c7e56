"""Room for what a stroke shoves ahead of it, before the edge of the workspace.

Objects in the way close up ahead of the fingers, and those in front shove further ones, so that a push that ends far
from the edge can still push something off the table.
"""

from __future__ import annotations

import torch
from torch import Tensor

from pushgrasp.decoding.surface import surface
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.baselines.push_lines import REACH, way_to_edge

ALONG, ACROSS = 64, 5
"""Points of the way up to the edge, and of its breadth, at which is looked for objects."""


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
