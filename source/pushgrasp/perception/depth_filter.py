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
    over_time = _present(torch.stack(list(pictures))).nanmedian(dim=0).values
    if cfg.window == 1:
        return over_time.nan_to_num(0.0)
    side = cfg.window // 2
    framed = pad(over_time[None, None], (side, side, side, side), mode="replicate")[0, 0]
    squares = framed.unfold(0, cfg.window, 1).unfold(1, cfg.window, 1).flatten(2)
    smooth = squares.nanmedian(dim=2).values
    return torch.where(over_time.isnan(), over_time, smooth).nan_to_num(0.0)


def _present(depth: Tensor) -> Tensor:
    """Depth with NaN where nothing came back."""
    return torch.where(depth > 0.0, depth, torch.nan)
