"""Pictures of what a policy sees, as the front ends show them: row 0 is the far edge of the table."""

from __future__ import annotations

import matplotlib
import torch

from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.masks import object_mask, target_mask

FULL_HEIGHT = 0.12
"""Height that has the last colour of the scale [m]."""

TARGET, OBJECTS = (0.1, 0.9, 0.2), (0.25, 0.45, 1.0)
"""Colours of the masks, red green blue in [0, 1]."""

COVER = 0.5
"""Share of a mask's colour in the cells that it covers."""


def height_colours(height: torch.Tensor) -> torch.Tensor:
    """Return the colour of each cell of a heightmap (H, W) [m], shape (H, W, 3), in [0, 1]."""
    shades = matplotlib.colormaps["viridis"]((height / FULL_HEIGHT).clamp(0.0, 1.0).cpu().numpy())
    return torch.from_numpy(shades[..., :3]).to(height)


def mask_picture(heightmaps: Heightmaps, target_id: torch.Tensor, world: int) -> torch.Tensor:
    """Return the colour heightmap with the target and the other objects tinted, shape (H, W, 3), in [0, 1]."""
    target, objects = masks(heightmaps, target_id, world)
    picture = heightmaps.colour[world].permute(1, 2, 0).clone()
    for mask, colour in ((objects & ~target, OBJECTS), (target, TARGET)):
        picture[mask] = (1.0 - COVER) * picture[mask] + COVER * picture.new_tensor(colour)
    return picture


def masks(heightmaps: Heightmaps, target_id: torch.Tensor, world: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the cells of the target and of all objects in one world, each of shape (H, W), bool."""
    ids, height = heightmaps.ids[[world]], heightmaps.height[[world]]
    return target_mask(ids, target_id[[world]])[0], object_mask(ids, height)[0]


def to_bytes(picture: torch.Tensor) -> torch.Tensor:
    """Return a picture in [0, 1] as uint8 on the CPU."""
    return (picture.clamp(0.0, 1.0) * 255.0).round().to(torch.uint8).cpu()
