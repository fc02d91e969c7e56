"""What lies along a stroke, seen from the stroke: the same scene turned gives the same numbers."""

from __future__ import annotations

import torch
from torch import Tensor

from pushgrasp.decoding.surface import surface
from pushgrasp.perception.workspace import Workspace

ALONG = (-0.11, 0.15)
"""From where to where a swath reaches along the stroke, from the middle of what is pushed past [m]."""

ASIDE = (-0.09, 0.09)
"""The same across [m]; the stroke passes on the side of the larger values."""

SPACING = 0.02
"""Distance between the points of a swath [m]."""

ROWS, COLUMNS = 14, 10
"""Points of a swath along and across the stroke."""

SWATH_CHANNELS = ("height", "target")

UNIT = 0.05
"""Heights are given in units of this [m]."""


def swaths(
    start: Tensor, end: Tensor, middle: Tensor, one_sided: Tensor, height: Tensor, target: Tensor, workspace: Workspace
) -> Tensor:
    """Read heightmap and target around the middle of what strokes push past.

    Args:
        start: First points [m], shape (N, S, 2).
        end: Last points [m], shape (N, S, 2).
        middle: Middle of what is pushed past [m], shape (N, 2).
        one_sided: Which strokes are turned over so that they pass on the side of the larger values, shape (S,), bool.
        height: Heightmap [m], shape (N, H, W).
        target: Cells of the target, shape (N, H, W), bool.
        workspace: Area of the maps.

    Returns:
        Shape (N, S, 2, 14, 10), in the order of :data:`SWATH_CHANNELS`.
    """
    unit, normal, aside = stroke_frames(start, end, middle)
    side = torch.where(one_sided & (aside < 0.0), -1.0, 1.0)[..., None, None]
    along = torch.linspace(*ALONG, ROWS, device=height.device, dtype=height.dtype)
    across = torch.linspace(*ASIDE, COLUMNS, device=height.device, dtype=height.dtype)
    points = middle[:, None, None, None] + along[:, None, None] * unit[:, :, None, None]
    points = points + across[:, None] * (side * normal[:, :, None])[:, :, None]
    world = torch.arange(len(start), device=height.device)
    flat = points.flatten(1, 3)
    read = [surface(values, workspace).at(world, flat) for values in (height / UNIT, target.to(height))]
    return torch.stack([values.view(points.shape[:-1]) for values in read], dim=2)


def stroke_frames(start: Tensor, end: Tensor, middle: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Directions (N, S, 2) along strokes, to their left, and how far left (N, S) of middles (N, 2) they start [m]."""
    unit = torch.nn.functional.normalize(end - start, dim=-1)
    normal = torch.stack((-unit[..., 1], unit[..., 0]), dim=-1)
    return unit, normal, ((start - middle[:, None]) * normal).sum(dim=-1)
