"""What the spatial head knows about each angle-view class: whether and how the jaws fit in the target's middle."""

from __future__ import annotations

import torch
from torch import Tensor

from pushgrasp.decoding.class_fit import central_points, fit_classes
from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import is_visible, target_mask
from pushgrasp.perception.workspace import Workspace

FIT_CHANNELS = ("feasible", "width", "depth", "facing", "steepness")
"""In units in which differences that matter are about one: 2 cm of width, 1 cm of depth, a quarter of a cosine and two
units of slope; all 0 where the class is not feasible."""

_UNITS = (1.0, 0.02, 0.01, 0.25, 2.0)


def class_fits(heightmaps: Heightmaps, target_id: Tensor, workspace: Workspace, cfg: DecoderCfg) -> Tensor:
    """Return the channels named in :data:`FIT_CHANNELS` of every class, shape (N, 360, 5), float32.

    Args:
        heightmaps: What the camera saw.
        target_id: Slot index + 1 of the target, shape (N,), long.
        workspace: Area of the heightmaps.
        cfg: Settings of the decoders.
    """
    target = target_mask(heightmaps.ids, target_id)
    target = target & is_visible(target)[:, None, None]
    points = central_points(target, heightmaps.height, workspace)
    fits = fit_classes(points, heightmaps.height, target, workspace, cfg.grasp)
    channels = fits.feasible, fits.width, fits.depth, fits.facing, fits.steepness
    return torch.stack([channel.float() for channel in channels], dim=2) / torch.tensor(_UNITS, device=points.device)
