"""Depth from several noisy pictures of a scene that stands still: medians over time, then over neighbouring pixels.

A heightmap takes the highest point of each cell. Without a filter, noise of 8 mm (2 mm at 1 m, seen from 2 m) lifts
one table cell in ten by more than 10 mm, and no closed gripper finds a free place to come down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from pushgrasp.settings import Count, Odd, Settings


@dataclass
class DepthFilterCfg(Settings):
    """How noisy depth is filtered; 1 and 1: not at all."""

    pictures: Count = 7
    """Pictures of the same scene."""
    window: Odd = 5
    """Side of the square of pixels whose median is taken, odd; edges stay, details of half of it do not."""


def filter_depth(pictures: Sequence[Tensor], cfg: DepthFilterCfg) -> Tensor:
    """Return the median depth.

    Args:
        pictures: Distances to the image plane [m], each (h, w), 0 where nothing came back.
        cfg: Settings; ``cfg.pictures`` is up to the caller.

    Returns:
        Shape (h, w); 0 where no picture gives anything.
    """
    depth = median_over_time(pictures)
    if cfg.window == 1:
        return depth
    seen = depth > 0.0
    return depth.masked_scatter(seen, median_of_neighbours(depth, cfg.window, seen))


def median_over_time(pictures: Sequence[Tensor]) -> Tensor:
    """Return the lower median of what pictures (h, w) show in each pixel [m]; 0 where none shows anything."""
    ordered = [torch.where(depth > 0.0, depth, torch.inf) for depth in pictures]
    for turn in range(len(ordered)):  # neighbours change places by turns until the nearest comes first everywhere
        for near in range(turn % 2, len(ordered) - 1, 2):
            pair = ordered[near], ordered[near + 1]
            ordered[near : near + 2] = torch.minimum(*pair), torch.maximum(*pair)
    median = ordered[0]
    for half in range(1, (len(ordered) + 1) // 2):
        median = torch.where(torch.isfinite(ordered[2 * half]), ordered[half], median)
    return median.nan_to_num(posinf=0.0)


def median_of_neighbours(depth: Tensor, window: int, where: Tensor) -> Tensor:
    """Return the lower medians of what is seen in the squares round K pixels [m], shape (K,).

    Args:
        depth: Distances to the image plane [m], shape (h, w), 0 where nothing came back; pixels at the edge are
            repeated outside it.
        window: Side of the squares [pixel], odd.
        where: The pixels, in which something is seen, shape (h, w), bool.
    """
    side = window // 2
    framed = pad(torch.where(depth > 0.0, depth, torch.nan)[None, None], (side,) * 4, mode="replicate")[0, 0]
    return framed.unfold(0, window, 1).unfold(1, window, 1)[where].flatten(1).nanmedian(dim=1).values
