"""Whether something lies on the target, by what the camera sees.

The paper asks the simulator for the target's own highest point, and compares it with the highest cell where the target
is (Li et al. 2024, Sec. III-C). Here both places are taken from the picture: what hides a part of the target stands
higher than the rest of it, and is either beside the rest or inside the smallest rectangle that holds it.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from pushgrasp.perception.masks import dilate, is_visible

ANGLES = 18
"""Orientations of rectangles over 90 degrees."""

STRIP = 2
"""Width of the strip round the target [cells]."""

HIGHER = 0.01
"""What stands so much higher than the target may lie on it [m]."""

HIDDEN = 2.0
"""Overhang of a target that is out of view: all round it, and all over it."""


def rectangles(mask: Tensor) -> Tensor:
    """Return the smallest rectangles, at any of :data:`ANGLES` orientations, that hold masks (N, S, S), bool.

    Returns:
        Shape (N, S, S), bool; nothing for an empty mask.
    """
    angle = torch.arange(ANGLES, device=mask.device) * (math.pi / 2 / ANGLES)
    step = torch.arange(mask.shape[-1], device=mask.device) - (mask.shape[-1] - 1) / 2
    col, row = step[None, :], step[:, None]
    cos, sin = angle.cos()[:, None, None], angle.sin()[:, None, None]
    along, across = col * cos + row * sin, row * cos - col * sin
    spans = [_span(axis, mask) for axis in (along, across)]
    area = torch.stack([high - low + 1.0 for low, high in spans]).prod(dim=0)
    best = area.argmin(dim=1)
    inside = mask.any(dim=2).any(dim=1)[:, None, None].expand_as(mask)
    for axis, ends in zip((along, across), spans, strict=True):
        low, high = (end.gather(1, best[:, None])[..., None] for end in ends)
        inside = inside & (axis[best] >= low - 0.5) & (axis[best] <= high + 0.5)
    return inside


def _span(axis: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return how far masks (N, S, S) reach along axes (A, S, S) to either side, shape (N, A) each."""
    held = mask[:, None]
    low = torch.where(held, axis, torch.inf).amin(dim=(2, 3))
    return low, torch.where(held, axis, -torch.inf).amax(dim=(2, 3))


def overhang(height: Tensor, objects: Tensor, target: Tensor) -> Tensor:
    """Return how much stands over the target: 0 where nothing does, shape (N,), at most :data:`HIDDEN`.

    It is the share of the strip round it, plus the share of its rectangle, where others are higher than it.

    Args:
        height: Heights above the table [m], shape (N, S, S).
        objects: Cells that show any object, shape (N, S, S), bool.
        target: Cells that show the target, shape (N, S, S), bool.
    """
    own = torch.where(target, height, torch.nan).flatten(1).nanmedian(dim=1).values
    over = objects & ~target & (height > own[:, None, None] + HIGHER)
    shares = [_share(over, place) for place in (dilate(target, STRIP) & ~target, rectangles(target))]
    return torch.where(is_visible(target), shares[0] + shares[1], HIDDEN)


def _share(cells: Tensor, place: Tensor) -> Tensor:
    return (cells & place).sum(dim=(1, 2)) / place.sum(dim=(1, 2)).clamp(min=1)
