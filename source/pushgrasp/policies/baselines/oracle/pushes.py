"""Straight pushes past and through an object, planned as the push decoder plans its own."""

from __future__ import annotations

import math

import torch

from pushgrasp.decoding.keypoints import workspace_box
from pushgrasp.decoding.lines import plan_lines
from pushgrasp.decoding.polyline import tangent_yaw
from pushgrasp.decoding.push import Pushes, pack
from pushgrasp.decoding.push_cfg import PushDecoderCfg
from pushgrasp.decoding.separation import are_apart
from pushgrasp.decoding.surface import Surface, surface
from pushgrasp.perception.workspace import Workspace

DIRECTIONS = 12
"""Directions of pushes, evenly spaced."""

BEFORE = 0.05
"""Where a stroke begins before the middle of the object [m]; its lead-in comes before that."""

BEYOND, FAR = 0.06, 0.13
"""Where strokes end beyond the middle of the object [m]."""

BESIDE = 0.015
"""Distance from the side of the object of a pusher that passes it [m]."""

PAIR = 0.08
"""Distance from the middle of the object of two pushers that pass it on both sides [m]."""


def object_pushes(
    middle: torch.Tensor, half: float, height: torch.Tensor, workspace: Workspace, num_arms: int, cfg: PushDecoderCfg
) -> Pushes:
    """Pushes of two arms past both sides of an object, and of one through it and past either side.

    Args:
        middle: Middle of the object [m], shape (2,).
        half: Half its width [m].
        height: Heightmap [m], shape (H, W).
        workspace: Area of the heightmap.
        num_arms: 1 or 2.
        cfg: Settings of the push decoder.

    Returns:
        C pushes that can be carried out, C possibly 0.
    """
    relief = surface(height[None], workspace)
    alone = _alone(middle, half, relief, num_arms, cfg)
    if num_arms == 1:
        return alone
    pairs = _pairs(middle, relief, cfg)
    return Pushes(*(torch.cat((getattr(pairs, name), getattr(alone, name))) for name in vars(alone)))


def spread_order(count: int) -> list[int]:
    """Indices below ``count`` in an order in which the first few are spread over all: by their reversed bits."""
    bits = max(1, (count - 1).bit_length())
    return sorted(range(count), key=lambda index: int(f"{index:0{bits}b}"[::-1], 2))


def _alone(middle: torch.Tensor, half: float, relief: Surface, num_arms: int, cfg: PushDecoderCfg) -> Pushes:
    """Pushes of the arm on whose side the stroke lies."""
    angle = middle.new_tensor([2.0 * math.pi * k / DIRECTIONS for k in range(DIRECTIONS)])
    along = torch.stack((angle.cos(), angle.sin()), dim=-1)
    across = torch.stack((-along[:, 1], along[:, 0]), dim=-1)
    ways = ((0.0, BEYOND), (half + BESIDE, BEYOND), (-half - BESIDE, BEYOND), (0.0, FAR))
    strokes = [
        torch.stack((middle + aside * across - BEFORE * along, middle + aside * across + beyond * along), dim=1)
        for aside, beyond in ways
    ]
    low, high = workspace_box(relief.workspace, cfg.workspace_margin, (1, len(ways) * DIRECTIONS), middle)
    paths, usable = _planned(torch.cat(strokes), middle, low[0], high[0], relief, cfg)
    paths = paths[usable]
    arm = (paths[:, :, 0].mean(dim=1) >= 0.0).long() * (num_arms - 1)
    active = torch.nn.functional.one_hot(arm, num_arms).bool()
    paths = paths[:, None].expand(-1, num_arms, -1, -1)
    return pack(paths, tangent_yaw(paths), active)


def _pairs(middle: torch.Tensor, relief: Surface, cfg: PushDecoderCfg) -> Pushes:
    """Pushes along y of the left arm on the left of the object and of the right one on its right, both ways each."""
    sides = middle.new_tensor([[-PAIR, 0.0], [-PAIR, 0.0], [PAIR, 0.0], [PAIR, 0.0]])
    along = middle.new_tensor([[0.0, 1.0], [0.0, -1.0]]).repeat(2, 1)
    strokes = torch.stack((middle + sides - BEFORE * along, middle + sides + BEYOND * along), dim=1)
    low, high = (corner[0] for corner in workspace_box(relief.workspace, cfg.workspace_margin, (1, 4), middle))
    high[:2, 0] = torch.minimum(high[:2, 0], middle[0] - cfg.separation / 2)
    low[2:, 0] = torch.maximum(low[2:, 0], middle[0] + cfg.separation / 2)
    roomy = (low < high).all(dim=1)
    paths, usable = _planned(strokes, middle, low, torch.maximum(low, high), relief, cfg)
    left, right = (index.flatten() for index in torch.meshgrid(torch.arange(2), torch.arange(2, 4), indexing="ij"))
    paths, both = torch.stack((paths[left], paths[right]), dim=1), (usable & roomy)[left] & (usable & roomy)[right]
    yaw = tangent_yaw(paths)
    palm = cfg.gripper.palm_width, cfg.gripper.palm_breadth
    both &= are_apart(paths[..., :2], yaw, cfg.separation, palm)
    return pack(paths[both], yaw[both], both[both][:, None].expand(-1, 2))


def _planned(
    strokes: torch.Tensor,
    middle: torch.Tensor,
    low: torch.Tensor,
    high: torch.Tensor,
    relief: Surface,
    cfg: PushDecoderCfg,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Paths (B, P, 3) of strokes (B, 2, 2) [m] in boxes, and whether each can be carried out, shape (B,)."""
    world = torch.zeros(len(strokes), dtype=torch.long)
    scores = strokes.new_tensor([0.0, 1.0]).expand(len(strokes), -1)
    flat = Surface(torch.zeros_like(relief.values), relief.workspace)
    centre = middle.expand(len(strokes), -1)
    lines, usable = plan_lines(world, strokes, scores, centre, low, high, flat, relief, cfg)
    return torch.cat((lines, torch.full_like(lines[..., :1], cfg.tip_height)), dim=-1), usable
