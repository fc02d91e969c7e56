"""Fit of open jaws round a body at a surface point: how deep they go, how far they open and where their middle is.

The frame of the jaws is that of the gripper: x closing direction, y across, z approach, the TCP between the tips. What
the jaws meet is read from a surface, seen from above or true, by samples :data:`STEP` apart along x.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Protocol, Self

import torch
from torch import Tensor
from torch.nn.functional import max_pool1d

from pushgrasp.gripper.geometry import GripperGeometry
from pushgrasp.settings import NotNegative, Positive, Settings

STEP = 0.004
"""Distance of the samples along the closing direction [m]."""


@dataclass
class FitCfg(Settings):
    """How jaws are placed; lengths in metres."""

    gripper: GripperGeometry = field(default_factory=GripperGeometry)
    depth: Positive = 0.025
    """How far the TCP goes below the chosen surface point, along the approach."""
    min_depth: Positive = 0.006
    """Least depth that still counts as a grasp."""
    tip_clearance: Positive = 0.006
    """Distance of the lowest pad corner from the table that the depth leaves."""
    opening_margin: NotNegative = 0.010
    """Opening on either side of the target's body."""
    stroke_margin: NotNegative = 0.010
    """A body wider than the stroke less this is rejected."""
    tolerance: NotNegative = 0.002
    """Intersection with a seen surface, or loss of table clearance, that is still accepted."""


@dataclass(frozen=True)
class Jaws(ABC):
    """B open jaws; from a surface point the TCP lies ``shift`` along the closing direction and ``depth`` ahead."""

    anchor: Tensor
    """Surface point [m], shape (B, 3)."""
    rotation: Tensor
    """Gripper to world, shape (B, 3, 3): columns are closing, side and approach direction."""
    shift: Tensor
    """Offset along the closing direction [m], shape (B,)."""
    depth: Tensor
    """Offset along the approach direction [m], shape (B,)."""
    extent: Tensor
    """Width of the body between the pads [m], shape (B,)."""
    width: Tensor
    """Jaw opening [m], shape (B,)."""

    @property
    @abstractmethod
    def height(self) -> Tensor:
        """Height of the TCP above the table [m], shape (B,)."""

    @abstractmethod
    def round_body(self, left: Tensor, right: Tensor) -> Self:
        """The same jaws in the middle of bodies that reach so many samples to either side, as `body_run` counts."""

    def select(self, keep: Tensor) -> Self:
        """The jaws where ``keep`` (B,) is True."""
        return type(self)(**{name: value[keep] for name, value in vars(self).items()})

    def tip_height(self, sizes: GripperGeometry) -> Tensor:
        """Height of the lowest corner of the open pads above the table [m], shape (B,)."""
        drop = (self.width / 2 + sizes.pad_thickness) * self.rotation[:, 2, 0].abs()
        return self.height - drop - sizes.pad_breadth / 2 * self.rotation[:, 2, 1].abs()


class Around[J: Jaws, C: FitCfg](Protocol):
    """What jaws read of a surface."""

    def body(self, jaws: J, levels: tuple[float, ...], cfg: C) -> tuple[Tensor, Tensor, Tensor]:
        """Body between the pads at distances ``levels`` [m] behind the TCP plane, as `body_run` counts it."""
        ...

    def free(self, jaws: J, cfg: C) -> J:
        """The open jaws that get to their place without meeting anything."""
        ...


def fit[J: Jaws, C: FitCfg](jaws: J, around: Around[J, C], cfg: C) -> J:
    """Fit jaws round the body at their anchors and keep those that can be carried out.

    A first look in the TCP plane settles how wide they open, hence how deep they may go when tilted; a second one over
    the pads' length gives opening and middle at that depth.
    """
    sizes = cfg.gripper
    for levels in ((0.0,), (0.0, cfg.depth / 2, cfg.depth, (cfg.depth + sizes.pad_length) / 2)):
        jaws = limit_depth(jaws, cfg)
        jaws = jaws.select(jaws.depth >= cfg.min_depth)
        left, right, found = around.body(jaws, levels, cfg)
        jaws = jaws.round_body(left, right)
        width = jaws.extent + 2 * cfg.opening_margin
        fits = found & (width - 2 * cfg.opening_margin <= sizes.stroke - cfg.stroke_margin)
        jaws = replace(jaws, width=width.clamp(max=sizes.stroke)).select(fits)
    return around.free(jaws.select(jaws.tip_height(sizes) >= cfg.tip_clearance - cfg.tolerance), cfg)


def limit_depth[J: Jaws](jaws: J, cfg: FitCfg) -> J:
    """Move the TCP ``cfg.depth`` below the anchor, less where a pad came too near to the table."""
    room = replace(jaws, depth=torch.zeros_like(jaws.depth)).tip_height(cfg.gripper) - cfg.tip_clearance
    fall = (-jaws.rotation[:, 2, 2]).clamp_min(1e-6)
    return replace(jaws, depth=(room / fall).clamp(max=cfg.depth))


def body_run(occupied: Tensor, sizes: GripperGeometry) -> tuple[Tensor, Tensor, Tensor]:
    """Samples of the run of body through the TCP; gaps that take no pad belong to it.

    Args:
        occupied: Samples along x, :data:`STEP` apart, the TCP in their middle, shape (B, S), bool.
        sizes: Sizes of the gripper.

    Returns:
        How many reach to the left and to the right, the middle counted in both, and whether the middle is body, each
        of shape (B,).
    """
    occupied = close_gaps(occupied, int(sizes.pad_thickness / STEP))
    middle = occupied.shape[1] // 2
    right = occupied[:, middle:].long().cumprod(dim=1).sum(dim=1)
    left = occupied[:, : middle + 1].flip(1).long().cumprod(dim=1).sum(dim=1)
    return left, right, occupied[:, middle]


def close_gaps(occupied: Tensor, length: int) -> Tensor:
    """Fill the gaps of up to ``length`` samples in (B, S)."""
    kernel = 2 * (length // 2 + 1) + 1
    grown = max_pool1d(occupied[:, None].float(), kernel, stride=1, padding=kernel // 2)
    return (-max_pool1d(-grown, kernel, stride=1, padding=kernel // 2))[:, 0] > 0.5
