"""Which cells of the feature map the decoders can read."""

from __future__ import annotations

import torch
from torch import Tensor

from pushgrasp.decoding.connect import DIRECTION_SPAN
from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.decoding.keypoints import push_disc
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import dilate, is_visible, object_mask, scale_mask, target_mask
from pushgrasp.perception.workspace import Workspace


def readable_cells(heightmaps: Heightmaps, target_id: Tensor, workspace: Workspace, cfg: DecoderCfg) -> Tensor:
    """Cells of the feature map, enlarged to the heightmap, that can change a decision; all others are ignored.

    These are the scaled target mask (scores of grasp and push) and the push disc with the surroundings in which the
    direction of a stroke is told; where the target is not visible, the same around every object.

    Args:
        heightmaps: What the camera saw.
        target_id: Slot index + 1 of the target, shape (N,), long.
        workspace: Area of the heightmaps.
        cfg: Settings of the decoders.

    Returns:
        Bool, shape (N, H, W).
    """
    target, objects = target_mask(heightmaps.ids, target_id), object_mask(heightmaps.ids, heightmaps.height)
    visible = is_visible(target)[:, None, None]
    target = target & visible
    reach, radius = cfg.push.reach + DIRECTION_SPAN, cfg.push.default_radius + DIRECTION_SPAN
    flat = torch.zeros_like(heightmaps.height)
    _, disc = push_disc(flat, target, objects, workspace.resolution, reach, radius)
    near = scale_mask(target, cfg.push_scale) | dilate(target, cfg.least_ring / workspace.resolution) | disc
    anywhere = dilate(objects, radius / workspace.resolution)
    return torch.where(visible, near, anywhere)
