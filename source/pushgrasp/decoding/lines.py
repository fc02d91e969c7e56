"""Key points become one directed push line per arm: connected, then smoothed and validated against the depth, twice."""

import torch
from torch import Tensor

from pushgrasp.decoding.polyline import (
    end_direction,
    extend,
    lengths,
    resample,
    shortest_order,
    slice_line,
    smooth,
    take,
)
from pushgrasp.decoding.push_cfg import PushDecoderCfg
from pushgrasp.decoding.start import free_start, touches
from pushgrasp.decoding.surface import Surface

DIRECTION_SPAN = 0.05
"""How far from a lone key point the scores are looked at to tell the direction of its stroke [m]."""

SPARE = 1.05
"""Lines are lengthened to this many times the least length, because smoothing shortens them."""


def directed_points(points: Tensor, scores: Tensor) -> Tensor:
    """Points (B, K, 2) on their shortest open path, from the lower-scored end to the higher-scored one.

    ``scores`` (B, K) are -inf for absent points; the last point is repeated in their place. Equally scored ends keep
    the order in which the path was found.
    """
    present = scores > -torch.inf
    order = shortest_order(points, present)
    last = (present.sum(dim=1, keepdim=True) - 1).clamp_min(0)
    rank = torch.arange(points.shape[1], device=points.device).expand_as(order)
    ordered = scores.gather(1, order)
    falling = ordered[:, :1] > ordered.gather(1, last)
    rank = torch.where(falling, (last - rank).clamp_min(0), torch.minimum(rank, last))
    return take(points, order.gather(1, rank))


def across_direction(point: Tensor, centre: Tensor) -> Tensor:
    """Unit vector (B, 2) at right angles to the line from ``centre`` to ``point`` (B, 2).

    Of the two the one that points away from the near edge (y > 0, else x > 0); +y where both points coincide.
    """
    offset = point - centre
    normal = torch.stack((-offset[:, 1], offset[:, 0]), dim=-1)
    norm = normal.norm(dim=-1, keepdim=True)
    normal = torch.where(norm > 1e-3, normal / norm.clamp_min(1e-9), normal.new_tensor([0.0, 1.0]))
    down = (normal[:, 1] < -1e-6) | ((normal[:, 1].abs() <= 1e-6) & (normal[:, 0] < 0))
    return torch.where(down[:, None], -normal, normal)


def towards_scores(world: Tensor, point: Tensor, axis: Tensor, scores: Surface, span: float = DIRECTION_SPAN) -> Tensor:
    """Whichever of ``axis`` and its opposite leads to the higher scores, shape (B, 2).

    The feature map ``scores`` is averaged over ``span`` [m] to either side of ``point``.
    """
    along = torch.linspace(span / 5, span, 5, device=point.device, dtype=point.dtype)[:, None]
    offsets = along * axis[:, None]
    ahead = scores.at(world, point[:, None] + offsets).mean(dim=1)
    behind = scores.at(world, point[:, None] - offsets).mean(dim=1)
    return torch.where((ahead >= behind)[:, None], axis, -axis)


def connect(
    world: Tensor,
    points: Tensor,
    scores: Tensor,
    centre: Tensor,
    score_map: Surface,
    least: float,
    short: float = 0.01,
) -> tuple[Tensor, Tensor]:
    """Directed lines through the key points.

    A line shorter than ``short`` [m] (one key point, or several squeezed together) gives no direction: it is replaced
    by a stroke of length ``least`` [m] past the centre, across the line from the centre to the best key point and with
    that point in its middle.

    Returns:
        Lines (B, K + 2, 2) and the direction (B, 2) that stands in where a line has no length.
    """
    line = directed_points(points, scores)
    best = take(points, scores.argmax(dim=1, keepdim=True))[:, 0]
    direction = towards_scores(world, best, across_direction(best, centre), score_map)
    first, last = best - least / 2 * direction, best + least / 2 * direction
    lone = (lengths(line) < short)[:, None]
    ends = torch.where(lone, first, line[:, 0])[:, None], torch.where(lone, last, line[:, -1])[:, None]
    middle = torch.where(lone[..., None], best[:, None], line)
    return torch.cat((ends[0], middle, ends[1]), dim=1), direction


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

    def in_box(points: Tensor) -> Tensor:
        return ((points >= low[:, None] - 1e-6) & (points <= high[:, None] + 1e-6)).all(dim=-1)

    start, found = free_start(world, line[:, 0], -back, surface, cfg, in_box)
    return torch.cat((start[:, None], line), dim=1), found


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
