"""Random changes of training pictures: light, colour, sharpness, shadows, and shifts by whole cells."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, pad

from pushgrasp.policies.pg4da.backbone.train.cfg import AugmentCfg

Batch = dict[str, Tensor]
"""rgb (N, 3, H, W) in [0, 1], target (N, 360, h, w), objects (N, h, w) bool, object_id (N, h, w) long."""

DARKEST = 0.45
"""Least brightness in a shadow, as a share."""


def augment(batch: Batch, cfg: AugmentCfg, generator: torch.Generator) -> Batch:
    """Batch with changed pictures; labels follow the shift. ``generator`` is one of the CPU, whatever the device."""
    batch = crop(batch, cfg.crop, generator) if cfg.crop else shift(batch, cfg.shift, generator) if cfg.shift else batch
    rgb = batch["rgb"]
    for change in (_shadow, _light, _colour, _blur, _noise):
        rgb = change(rgb, cfg, generator)
    return {**batch, "rgb": rgb.clamp(0.0, 1.0)}


def shift(batch: Batch, largest: int, generator: torch.Generator) -> Batch:
    """Move each picture by whole cells, at most ``largest`` along each axis.

    The picture's edge fills what becomes free; there is no label and no object there.
    """
    rgb, cells = batch["rgb"], batch["objects"].shape[-1]
    scale = rgb.shape[-1] // cells
    by = torch.randint(-largest, largest + 1, (2, len(rgb)), generator=generator).to(rgb.device)
    moved = {"rgb": _moved(rgb, scale * by[0], scale * by[1], fill=False)}
    for name in ("target", "objects", "object_id"):
        maps = batch[name] if batch[name].ndim == 4 else batch[name][:, None]
        moved[name] = _moved(maps, by[0], by[1], fill=True).view_as(batch[name])
    return {**batch, **moved}


def crop(batch: Batch, side: int, generator: torch.Generator) -> Batch:
    """Cut a square of ``side`` cells out of each picture; a random object cell lies at a random place of it."""
    objects = batch["objects"]
    cells, scale = objects.shape[-1], batch["rgb"].shape[-1] // objects.shape[-1]
    weight = objects.flatten(1).float().cpu() + 1e-6  # without an object any cell will do
    chosen = torch.multinomial(weight, 1, generator=generator)
    place = torch.cat((chosen // cells, chosen % cells), dim=1)
    offset = torch.randint(0, side, place.shape, generator=generator)
    first = (place - offset).clamp(0, cells - side).to(objects.device)
    cut = {"rgb": _cut(batch["rgb"], scale * first, scale * side)}
    for name in ("target", "objects", "object_id"):
        maps = batch[name] if batch[name].ndim == 4 else batch[name][:, None]
        cut[name] = _cut(maps, first, side).view(*batch[name].shape[:-2], side, side)
    return {**batch, **cut}


def _cut(maps: Tensor, first: Tensor, side: int) -> Tensor:
    """Squares of maps (N, C, h, w) whose upper left corners are at (row, column) ``first`` (N, 2)."""
    near = torch.arange(side, device=maps.device)
    rows, columns = first[:, :1] + near, first[:, 1:] + near
    picture = torch.arange(len(maps), device=maps.device)[:, None, None, None]
    channel = torch.arange(maps.shape[1], device=maps.device)[:, None, None]
    return maps[picture, channel, rows[:, None, :, None], columns[:, None, None]]


def _moved(maps: Tensor, down: Tensor, right: Tensor, fill: bool) -> Tensor:
    """Maps (N, C, h, w) moved by (N,) cells; ``fill``: with zeros from outside, else with the edge."""
    count, channels, height, width = maps.shape
    row = torch.arange(height, device=maps.device) - down[:, None]
    column = torch.arange(width, device=maps.device) - right[:, None]
    world = torch.arange(count, device=maps.device)[:, None, None, None]
    channel = torch.arange(channels, device=maps.device)[:, None, None]
    rows, columns = row.clamp(0, height - 1)[:, None, :, None], column.clamp(0, width - 1)[:, None, None]
    taken = maps[world, channel, rows, columns]
    if not fill:
        return taken
    inside = ((row >= 0) & (row < height))[:, None, :, None] & ((column >= 0) & (column < width))[:, None, None]
    return torch.where(inside, taken, torch.zeros_like(taken))


def _uniform(rgb: Tensor, spread: float, generator: torch.Generator, channels: int = 1) -> Tensor:
    """Numbers about 1, at most ``spread`` away, shape (N, channels, 1, 1)."""
    drawn = 2.0 * torch.rand(len(rgb), channels, 1, 1, generator=generator) - 1.0
    return (1.0 + spread * drawn).to(rgb)


def _chosen(rgb: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    """Which pictures are changed, bool, shape (N, 1, 1, 1)."""
    return (torch.rand(len(rgb), 1, 1, 1, generator=generator) < probability).to(rgb.device)


def _light(rgb: Tensor, cfg: AugmentCfg, generator: torch.Generator) -> Tensor:
    mean = rgb.mean(dim=(1, 2, 3), keepdim=True)
    contrasted = mean + (rgb - mean) * _uniform(rgb, cfg.contrast, generator)
    return contrasted * _uniform(rgb, cfg.brightness, generator)


def _colour(rgb: Tensor, cfg: AugmentCfg, generator: torch.Generator) -> Tensor:
    order = torch.rand(len(rgb), 3, generator=generator).argsort(dim=1).to(rgb.device)
    shuffled = rgb.gather(1, order[:, :, None, None].expand_as(rgb))
    return torch.where(_chosen(rgb, cfg.shuffle, generator), shuffled, rgb) * _uniform(rgb, cfg.gain, generator, 3)


def _blur(rgb: Tensor, cfg: AugmentCfg, generator: torch.Generator) -> Tensor:
    blurred = avg_pool2d(pad(rgb, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    return torch.where(_chosen(rgb, cfg.blur, generator), blurred, rgb)


def _noise(rgb: Tensor, cfg: AugmentCfg, generator: torch.Generator) -> Tensor:
    strength = cfg.noise * torch.rand(len(rgb), 1, 1, 1, generator=generator)
    return rgb + (strength * torch.randn(rgb.shape, generator=generator)).to(rgb)


def _shadow(rgb: Tensor, cfg: AugmentCfg, generator: torch.Generator) -> Tensor:
    """Darken one side of a random line with a soft edge."""
    angle, place, width, depth = torch.rand(4, len(rgb), 1, 1, 1, generator=generator).to(rgb)
    side = torch.linspace(-1.0, 1.0, rgb.shape[-1], device=rgb.device, dtype=rgb.dtype)
    along = side[:, None] * (2 * math.pi * angle).sin() + side * (2 * math.pi * angle).cos()
    lit = torch.sigmoid((along - (2.0 * place - 1.0)) / (0.02 + 0.2 * width))
    darkest = DARKEST + (1.0 - DARKEST) * depth
    return torch.where(_chosen(rgb, cfg.shadow, generator), rgb * (darkest + (1.0 - darkest) * lit), rgb)
