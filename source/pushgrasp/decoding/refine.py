"""Refinement of push lines: smoothing and validation against the depth, twice."""

import torch
from torch import Tensor

from pushgrasp.decoding.connect import connect
from pushgrasp.decoding.polyline import end_direction, extend, lengths, resample, slice_line
from pushgrasp.decoding.push_cfg import PushDecoderCfg
from pushgrasp.decoding.smoothing import smooth
from pushgrasp.decoding.start import is_free, retreat, touches
from pushgrasp.decoding.surface import Surface

SPARE = 1.05
"""Lines are lengthened to this many times the least length, because smoothing shortens them."""


def clamp(line: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Points (B, Q, 2) moved into the boxes ``low``..``high`` (B, 2)."""
    return torch.maximum(torch.minimum(line, high[:, None]), low[:, None])


def rounded(line: Tensor, low: Tensor, high: Tensor, cfg: PushDecoderCfg) -> Tensor:
    """Smoothed line inside its box, resampled to ``cfg.points`` evenly spaced points; the end points stay."""
    smoothed = clamp(smooth(resample(line, cfg.points), cfg.window, cfg.order), low, high)
    return resample(smoothed, cfg.points)


def lead_in(
    world: Tensor, line: Tensor, direction: Tensor, low: Tensor, high: Tensor, surface: Surface, cfg: PushDecoderCfg
) -> tuple[Tensor, Tensor]:
    """Move the start back along the line's initial direction to the first free place in the box.

    Returns:
        Lines with one point more, and whether a free place was found, shape (B,).
    """
    back = end_direction(line.flip(1), -direction)
    steps = torch.arange(0.0, cfg.max_retreat + 1e-9, cfg.retreat_step, device=line.device, dtype=line.dtype)
    tried = line[:, :1] + steps[:, None] * back[:, None]
    in_box = ((tried >= low[:, None] - 1e-6) & (tried <= high[:, None] + 1e-6)).all(dim=-1)
    free = is_free(world, tried, -back, surface, cfg.gripper, cfg.tip_height, cfg.start_margin)
    index, found = retreat(free & in_box)
    start = tried.gather(1, index[:, None, None].expand(-1, 1, 2))
    return torch.cat((start, line), dim=1), found


def add_lead_in(
    world: Tensor, line: Tensor, direction: Tensor, low: Tensor, high: Tensor, surface: Surface, cfg: PushDecoderCfg
) -> tuple[Tensor, Tensor]:
    """As `lead_in`, and where no free start is found, the same for the reversed line."""
    led, found = lead_in(world, line, direction, low, high, surface, cfg)
    rest = (~found).nonzero()[:, 0]
    back = line[rest].flip(1)
    led[rest], found[rest] = lead_in(world[rest], back, -direction[rest], low[rest], high[rest], surface, cfg)
    return led, found


def plan_lines(
    world: Tensor,
    points: Tensor,
    scores: Tensor,
    centre: Tensor,
    low: Tensor,
    high: Tensor,
    score_map: Surface,
    surface: Surface,
    cfg: PushDecoderCfg,
) -> tuple[Tensor, Tensor]:
    """Push lines through key points (B, K, 2) with scores (B, K), each in its box ``low``..``high`` (B, 2) [m].

    Connect, trim, smooth, lengthen, find a free start (also for the reversed line), cut, smooth and validate.

    Returns:
        Lines (B, P, 2) and whether each can be carried out, shape (B,).
    """
    line, direction = connect(world, clamp(points, low, high), scores, centre, score_map, SPARE * cfg.min_length)
    line = clamp(line, low, high)
    total = lengths(line)
    line = slice_line(line, (total - cfg.max_stroke).clamp_min(0.0), total, cfg.points)
    line = rounded(line, low, high, cfg)
    line = extend(line, (SPARE * cfg.min_length - lengths(line)).clamp_min(0.0), direction, low, high)
    line, found = add_lead_in(world, line, direction, low, high, surface, cfg)
    total = lengths(line)
    line = slice_line(line, torch.zeros_like(total), total.clamp(max=cfg.max_length), cfg.points)
    line = rounded(line, low, high, cfg)
    useful = touches(world, line, surface, cfg.gripper, cfg.tip_height)
    return line, found & useful & (lengths(line) >= cfg.min_length)
