"""Search for a free start of a push: where the closed gripper can come down without landing on an object."""

from collections.abc import Callable

import torch
from torch import Tensor

from pushgrasp.decoding.push_cfg import PushDecoderCfg
from pushgrasp.decoding.surface import Surface
from pushgrasp.gripper import GripperGeometry
from pushgrasp.gripper.points import grid, spaced


def tool_points(sizes: GripperGeometry, margin: float, spacing: float, like: Tensor) -> Tensor:
    """Offsets (M, 2) over the disc that the closed fingers sweep at any yaw, plus ``margin`` [m]."""
    radius = ((2 * sizes.pad_thickness) ** 2 + sizes.pad_breadth**2) ** 0.5 / 2 + margin
    axis = spaced(-radius, radius, spacing, like)
    offsets = grid(axis, axis)
    return offsets[offsets.norm(dim=-1) <= radius + spacing / 2]


def palm_offsets(sizes: GripperGeometry, margin: float, like: Tensor) -> Tensor:
    """Offsets (M, 2) over the palm's footprint plus ``margin`` [m]; first column along the closing axis."""
    half_x, half_y = sizes.palm_width / 2 + margin, sizes.palm_breadth / 2 + margin
    return grid(spaced(-half_x, half_x, 0.015, like), spaced(-half_y, half_y, 0.015, like))


def is_free(
    world: Tensor,
    xy: Tensor,
    direction: Tensor,
    surface: Surface,
    sizes: GripperGeometry,
    tip_height: float,
    margin: float,
) -> Tensor:
    """Whether a closed gripper can stand at ``xy`` (B, S, 2), facing along ``direction`` (B, 2).

    The fingers need bare table (nothing above half the tip height) under them at any yaw, the palm nothing higher than
    its own underside less ``margin`` [m].

    Returns:
        bool, shape (B, S).
    """
    fingers = tool_points(sizes, margin, surface.workspace.resolution * 0.9, xy)
    side = torch.stack((-direction[:, 1], direction[:, 0]), dim=-1)
    palm = palm_offsets(sizes, margin, xy) @ torch.stack((direction, side), dim=1)
    on_table = stays_below(world, xy[:, :, None] + fingers, surface, tip_height / 2)
    under_palm = stays_below(world, xy[:, :, None] + palm[:, None], surface, tip_height + sizes.pad_length - margin)
    return on_table & under_palm


def stays_below(world: Tensor, xy: Tensor, surface: Surface, height: float) -> Tensor:
    """Whether the surface is no higher than ``height`` [m] at all of the points (B, S, M, 2); bool (B, S)."""
    return surface.at(world, xy.flatten(1, 2)).view(xy.shape[:3]).amax(dim=-1) <= height


def touches(world: Tensor, lines: Tensor, surface: Surface, sizes: GripperGeometry, tip_height: float) -> Tensor:
    """Whether the closed fingers meet anything higher than the tip on their way along lines (B, P, 2); bool (B,)."""
    axis = spaced(-sizes.pad_breadth / 2, sizes.pad_breadth / 2, sizes.pad_breadth / 4, lines)
    swept = lines[:, :, None] + grid(axis, axis)
    return ~stays_below(world, swept, surface, tip_height).all(dim=1)


def free_start(
    world: Tensor,
    start: Tensor,
    direction: Tensor,
    surface: Surface,
    cfg: PushDecoderCfg,
    inside: Callable[[Tensor], Tensor],
) -> tuple[Tensor, Tensor]:
    """Move starts (B, 2) back against directions (B, 2) to the first free place.

    ``inside`` tells of points (B, S, 2) whether they are allowed, (B, S), bool.

    Returns:
        Points (B, 2), and whether there is a free place, shape (B,).
    """
    steps = torch.arange(0.0, cfg.max_retreat + 1e-9, cfg.retreat_step, device=start.device, dtype=start.dtype)
    tried = start[:, None] - steps[:, None] * direction[:, None]
    free = is_free(world, tried, direction, surface, cfg.gripper, cfg.tip_height, cfg.start_margin) & inside(tried)
    first = free.long().argmax(dim=1)
    return tried[torch.arange(len(tried), device=tried.device), first], free.any(dim=1)
