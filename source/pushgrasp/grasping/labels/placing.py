"""Where jaws go at a surface point: depth, centring, opening, and whether they get there without touching anything.

The same steps as the grasp decoder takes on a heightmap, here on the true surfaces seen along the approach.
"""

from __future__ import annotations

import torch

from pushgrasp.grasping.labels.approach_maps import PIXEL, ApproachMaps
from pushgrasp.grasping.labels.cfg import LabelCfg
from pushgrasp.grasping.labels.jaws import Jaws

_TOLERANCE = 0.002
"""Loss of table clearance that is accepted [m]."""


def place(jaws: Jaws, maps: ApproachMaps, cfg: LabelCfg) -> Jaws:
    """The jaws that fit round their object and come straight to it; with depth, shift and extent.

    How wide they open settles how deep tilted jaws may go, so the fit is made twice.
    """
    for _ in range(2):
        jaws = limit_depth(jaws, cfg)
        jaws = jaws.select(jaws.depth >= cfg.min_depth)
        jaws = fit_opening(jaws, maps, cfg)
    jaws = jaws.select(jaws.tip_height(cfg) >= cfg.tip_clearance - _TOLERANCE)
    jaws = jaws.select(jaws.palm_height(cfg) >= cfg.clearance)
    jaws = jaws.select(~pads_collide(jaws, maps, cfg))
    return jaws.select(~palm_collides(jaws, maps, cfg))


def limit_depth(jaws: Jaws, cfg: LabelCfg) -> Jaws:
    """Move the TCP ``cfg.depth`` below the anchor, less where a pad came too near to the table."""
    room = jaws.moved(depth=torch.zeros_like(jaws.depth)).tip_height(cfg) - cfg.tip_clearance
    fall = (-jaws.up[:, 2]).clamp_min(1e-6)
    return jaws.moved(depth=(room / fall).clamp(max=cfg.depth))


def fit_opening(jaws: Jaws, maps: ApproachMaps, cfg: LabelCfg) -> Jaws:
    """Centre the jaws on the body at the TCP; those that find none, or one too wide, are left out.

    The body is what of the object stands above the tips within the pads' breadth; gaps into which no pad fits belong
    to it.
    """
    half = int(cfg.stroke / PIXEL) + 1
    steps = torch.arange(-half, half + 1, device=jaws.anchor.device) * PIXEL
    x = jaws.middle[:, None, None] + steps[:, None]
    y = jaws.anchor[:, 1, None, None] + _spaced(cfg.pad_breadth / 2, jaws.anchor, 0.006)
    found, found_id = maps.at(jaws.kind, x, y)
    body = ((found < jaws.tip[:, None, None]) & (found_id == jaws.object_id[:, None, None])).any(dim=2)
    left, right, there = _central_run(_closed(body, int(cfg.pad_thickness / PIXEL)))
    shift = jaws.shift + (right - left) / 2 * PIXEL
    extent = (right + left - 1) * PIXEL
    fits = there & (extent <= cfg.stroke - cfg.stroke_margin)
    return jaws.moved(shift=shift, extent=extent).select(fits)


def pads_collide(jaws: Jaws, maps: ApproachMaps, cfg: LabelCfg) -> torch.Tensor:
    """Whether the open pads or their way inwards meet anything, or another object lies between them, shape (B,)."""
    half = jaws.extent / 2
    outer = jaws.width(cfg) / 2 + cfg.pad_thickness + cfg.clearance
    count = int((cfg.stroke / 2 + cfg.pad_thickness + cfg.clearance) / PIXEL) + 1
    steps = torch.arange(-count, count + 1, device=half.device) * PIXEL
    y = jaws.anchor[:, 1, None, None] + _spaced(cfg.pad_breadth / 2 + cfg.clearance, jaws.anchor)
    found, found_id = maps.at(jaws.kind, (jaws.middle[:, None] + steps)[..., None], y)
    met = found < (jaws.tip + cfg.clearance)[:, None, None]
    foreign = (met & (found_id != jaws.object_id[:, None, None])).any(dim=2)
    aside = steps.abs()
    swept = aside <= outer[:, None]
    beyond = aside > torch.minimum(half + PIXEL, outer - cfg.pad_thickness - cfg.clearance)[:, None]
    return (swept & (foreign | (beyond & met.any(dim=2)))).any(dim=1)


def palm_collides(jaws: Jaws, maps: ApproachMaps, cfg: LabelCfg) -> torch.Tensor:
    """Whether the palm meets anything, shape (B,)."""
    margin = cfg.clearance
    x = jaws.middle[:, None, None] + _spaced(cfg.palm_width / 2 + margin, jaws.anchor)[:, None]
    y = jaws.anchor[:, 1, None, None] + _spaced(cfg.palm_breadth / 2 + margin, jaws.anchor)
    found, _ = maps.at(jaws.kind, x, y)
    return (found < (jaws.tip - cfg.pad_length + margin)[:, None, None]).flatten(1).any(dim=1)


def _spaced(half: float, like: torch.Tensor, spacing: float = PIXEL) -> torch.Tensor:
    """Evenly spaced values from -half to half [m], at most ``spacing`` apart."""
    return torch.linspace(-half, half, int(2 * half / spacing + 1.999), device=like.device, dtype=like.dtype)


def _closed(occupied: torch.Tensor, length: int) -> torch.Tensor:
    """Fill gaps of up to ``length`` samples in (B, S)."""
    kernel = 2 * (length // 2 + 1) + 1
    pool = torch.nn.functional.max_pool1d
    grown = pool(occupied[:, None].float(), kernel, stride=1, padding=kernel // 2)
    return (-pool(-grown, kernel, stride=1, padding=kernel // 2))[:, 0] > 0.5


def _central_run(occupied: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Samples in the True run through the middle of (B, S), to its left and right, the middle counted in both.

    Returns:
        Left and right counts, shape (B,), and whether the middle is True, shape (B,).
    """
    middle = occupied.shape[1] // 2
    right = occupied[:, middle:].int().cumprod(dim=1).sum(dim=1)
    left = occupied[:, : middle + 1].flip(1).int().cumprod(dim=1).sum(dim=1)
    return left, right, occupied[:, middle]
