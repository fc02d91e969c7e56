"""What the spatial head sees besides the angle-view heatmap: where it may choose, and the scene from above."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, max_pool2d

from pushgrasp.decoding.decoder import DecoderCfg, push_score_mask
from pushgrasp.decoding.keypoints import push_disc, push_region
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.isolation import isolate_rate
from pushgrasp.perception.masks import centroid, is_visible, object_mask, target_mask
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.action import MAP_SIZE

CHANNELS = ("grasp", "push", "path", "target", "objects", "highest", "mean height", "isolate rate", "x", "y")
"""The first three are masks: cells of a grasp, of the first key point of a push, and of the further ones."""

NUM_MASKS = 3
UNIT = 0.1
"""Heights and offsets from the target are given in units of this [m]."""

NEIGHBOUR_HEIGHT = 0.01
"""Cells higher than this count as occupied in the isolate rate [m]."""


def scene_maps(heightmaps: Heightmaps, target_id: Tensor, workspace: Workspace, cfg: DecoderCfg) -> Tensor:
    """Return the channels named in :data:`CHANNELS`, shape (N, 10, 56, 56), float32.

    Args:
        heightmaps: What the camera saw, 224 cells a side.
        target_id: Slot index + 1 of the target, shape (N,), long.
        workspace: Area of the heightmaps.
        cfg: Settings of the decoders, which decide where a choice has an effect.

    Raises:
        ValueError: If the heightmaps do not have a multiple of 56 cells a side.
    """
    height, ids = heightmaps.height, heightmaps.ids
    if height.ndim != 3 or height.shape[1] != height.shape[2] or height.shape[1] % MAP_SIZE:
        raise ValueError(f"heightmaps have shape {tuple(height.shape)}; expected (N, 224, 224)")
    target, objects = target_mask(ids, target_id), object_mask(ids, height)
    target = target & is_visible(target)[:, None, None]
    occupied = object_mask(ids, height, NEIGHBOUR_HEIGHT)
    rate = isolate_rate(target, occupied, workspace.resolution).to(height)
    shares = torch.stack((target, objects), dim=1).to(height)
    factor = height.shape[1] // MAP_SIZE
    channels = (
        choosable(target, objects, height, workspace, cfg),
        avg_pool2d(shares, factor),
        max_pool2d(height[:, None], factor) / UNIT,
        avg_pool2d(height[:, None], factor) / UNIT,
        rate[:, None, None, None].expand(-1, 1, MAP_SIZE, MAP_SIZE),
        offsets(target, workspace) / UNIT,
    )
    return torch.cat(channels, dim=1).float()


def choosable(target: Tensor, objects: Tensor, height: Tensor, workspace: Workspace, cfg: DecoderCfg) -> Tensor:
    """Return the masks of cells that a choice may name, shape (N, 3, 56, 56), in the order of :data:`CHANNELS`.

    A chosen cell is written into the feature map as a peak (see ``choices``), which the decoders read after bilinear
    enlargement: it is highest in the middle 2 x 2 of the cell's 4 x 4 heightmap cells. So a grasp cell has the target
    in its middle, and the key points of a push lie in cells without any of it.
    """
    push = push_score_mask(target, objects, workspace.resolution, cfg)
    _, disc = push_disc(height, target, objects, workspace.resolution, cfg.push.reach, cfg.push.default_radius)
    around = torch.where(is_visible(target)[:, None, None], disc, objects)
    region = push_region(around, objects, workspace, cfg.push.surround, cfg.push.workspace_margin)
    free = max_pool2d(target[:, None].to(height), height.shape[1] // MAP_SIZE)[:, 0] == 0.0
    grasp, first, path = middle(target), middle(push & region) & free, middle(region) & free
    first = torch.where(any_cell(first), first, path)
    nothing = ~any_cell(grasp | first)
    return torch.stack((grasp, first | nothing, path | nothing), dim=1).to(height)


def middle(mask: Tensor) -> Tensor:
    """Whether any of the middle 2 x 2 heightmap cells is in the mask (N, 224, 224), per cell of the map (N, 56, 56)."""
    factor = mask.shape[1] // MAP_SIZE
    margin = factor // 2 - 1
    inner = mask.unflatten(1, (MAP_SIZE, factor)).unflatten(3, (MAP_SIZE, factor))
    inner = inner[:, :, margin : factor - margin, :, margin : factor - margin]
    return inner.any(dim=4).any(dim=2)


def any_cell(mask: Tensor) -> Tensor:
    """Whether a mask (N, H, W) has a cell, shape (N, 1, 1)."""
    return mask.flatten(1).any(dim=1)[:, None, None]


def offsets(target: Tensor, workspace: Workspace) -> Tensor:
    """Distance of each cell of the map from the target's centroid along x and y [m], shape (N, 2, 56, 56)."""
    row, column = centroid(target).unbind(dim=1)
    centre = torch.stack((column + 0.5, -row - 0.5), dim=1) * workspace.resolution
    step = (workspace.x_max - workspace.x_min) / MAP_SIZE
    along = (torch.arange(MAP_SIZE, device=target.device, dtype=centre.dtype) + 0.5) * step
    x = along[None, :].expand(MAP_SIZE, MAP_SIZE)
    y = -along[:, None].expand(MAP_SIZE, MAP_SIZE)
    return torch.stack((x, y))[None] - centre[:, :, None, None]
