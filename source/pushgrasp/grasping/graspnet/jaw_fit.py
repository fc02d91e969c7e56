"""Fit of open jaws to a cloud of seen points: how far they open, where their middle is, and whether they are free."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from pushgrasp.grasping.graspnet.poses import JAW_HEIGHT


@dataclass
class JawCfg:
    """Sizes of the gripper and how it is placed; lengths in metres. The defaults are GraspNet's evaluation gripper."""

    max_width: float = 0.10
    """Largest opening."""
    finger_width: float = 0.01
    """Extent of a finger along the closing direction."""
    finger_breadth: float = JAW_HEIGHT
    """Extent of a finger across closing direction and approach."""
    finger_back: float = 0.02
    """How far the fingers reach back from the surface point; the palm lies behind."""
    palm: float = 0.01
    """Thickness of the palm along the approach."""
    depths: tuple[float, ...] = (0.02, 0.01)
    """Depths of the finger tips beyond the surface point that are tried; the first that fits is taken."""
    margin: float = 0.012
    """Opening on either side of the seen body, whose far side may be hidden."""
    step: float = 0.004
    """Bin of the profile along the closing direction."""
    gap: int = 2
    """Bins without a point that do not end a body."""
    stray: int = 1
    """Points inside a finger or the palm that count as noise."""

    def __post_init__(self) -> None:
        """Raise ValueError for sizes without a meaning."""
        lengths = ("max_width", "finger_width", "finger_breadth", "finger_back", "palm", "margin", "step")
        for name in lengths:
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name} must be above 0 m, got {getattr(self, name)}")
        if not self.depths or min(self.depths) <= -self.finger_back:
            raise ValueError(f"depths must lie beyond the fingers' root at {-self.finger_back} m, got {self.depths}")

    @property
    def reach(self) -> float:
        """Distance from the surface point [m] beyond which nothing touches the gripper."""
        across = self.max_width + self.finger_width  # the middle moves by half an opening at most
        along = max(self.finger_back + self.palm, *self.depths)
        return math.hypot(across, along, self.finger_breadth / 2)


@dataclass
class JawFit:
    """How jaws fit at K places: middle (shift along the closing direction) [m], opening [m], tip depth [m], or not."""

    shift: torch.Tensor
    width: torch.Tensor
    depth: torch.Tensor
    fits: torch.Tensor


def fit_jaws(points: torch.Tensor, body: torch.Tensor, cfg: JawCfg) -> JawFit:
    """Deepest of ``cfg.depths`` at which the jaws fit around the body at the origin and touch nothing else.

    Args:
        points: Seen points in the frames of K candidates [m], shape (K, M, 3): origin at the chosen surface point, +x
            closing direction, +z approach.
        body: Which of them belong to the object that is grasped, bool, shape (K, M).
        cfg: Sizes.
    """
    found = _nothing(points)
    for depth in cfg.depths:
        low, high = _extent(points, body, depth, cfg)
        shift, width = (low + high) / 2, high - low + 2 * cfg.margin
        fits = (width <= cfg.max_width) & _free(points, shift, width, depth, cfg) & ~found.fits
        for name, value in (("shift", shift), ("width", width), ("depth", torch.full_like(width, depth))):
            setattr(found, name, torch.where(fits, value, getattr(found, name)))
        found.fits = found.fits | fits
    return found


def _nothing(points: torch.Tensor) -> JawFit:
    zero = torch.zeros_like(points[:, 0, 0])
    return JawFit(zero, zero, zero, torch.zeros_like(zero, dtype=torch.bool))


def _between(points: torch.Tensor, depth: float, cfg: JawCfg) -> torch.Tensor:
    """Points that the fingers pass or meet when they close, bool, shape (K, M)."""
    y, z = points[..., 1], points[..., 2]
    return (y.abs() < cfg.finger_breadth / 2) & (z > -cfg.finger_back) & (z < depth)


def _extent(points: torch.Tensor, body: torch.Tensor, depth: float, cfg: JawCfg) -> tuple[torch.Tensor, torch.Tensor]:
    """Ends along x [m] of the run of body around the origin, each of shape (K,)."""
    half = int(cfg.max_width / cfg.step) + 1
    bin_index = (points[..., 0] / cfg.step).round()
    seen = body & _between(points, depth, cfg) & (bin_index.abs() <= half)
    row, column = seen.nonzero().unbind(dim=1)
    occupied = seen.new_zeros(len(points), 2 * half + 1)
    occupied[row, bin_index[row, column].long() + half] = True
    occupied[:, half] = True  # the surface point itself
    reach = [_run(side, cfg.gap) for side in (occupied[:, : half + 1].flip(1), occupied[:, half:])]
    return -(reach[0] + 0.5) * cfg.step, (reach[1] + 0.5) * cfg.step


def _run(occupied: torch.Tensor, gap: int) -> torch.Tensor:
    """Last bin of the run that begins with the first, bins (K, B), gaps of up to ``gap`` bins bridged; (K,) float."""
    index = torch.arange(occupied.shape[1], device=occupied.device)
    last = torch.where(occupied, index, -1).cummax(dim=1).values  # the last occupied bin so far
    bridged = ((index - last) <= gap).long().cumprod(dim=1)
    return torch.where(occupied & (bridged > 0), index, 0).amax(dim=1).to(torch.get_default_dtype())


def _free(points: torch.Tensor, shift: torch.Tensor, width: torch.Tensor, depth: float, cfg: JawCfg) -> torch.Tensor:
    """Whether no more than stray points lie in the fingers or the palm, bool, shape (K,)."""
    x = (points[..., 0] - shift[:, None]).abs()
    half = width[:, None] / 2
    outer = x < half + cfg.finger_width
    fingers = _between(points, depth, cfg) & (x > half) & outer
    z = points[..., 2]
    in_palm = (z <= -cfg.finger_back) & (z > -cfg.finger_back - cfg.palm)
    palm = in_palm & outer & (points[..., 1].abs() < cfg.finger_breadth / 2)
    return (fingers | palm).sum(dim=1) <= cfg.stray
