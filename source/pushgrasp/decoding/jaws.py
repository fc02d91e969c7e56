"""Fit of the open jaws to the target: depth along the approach, centring and opening across the closing direction."""

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import max_pool1d

from pushgrasp.decoding.candidates import Candidates
from pushgrasp.decoding.gripper_points import grid, spaced
from pushgrasp.decoding.surface import Surface
from pushgrasp.gripper import GripperGeometry

NEAR = 0.06
"""How far to either side of the TCP a profile is read first; further only where the body goes on there [m]."""


def tip_height(candidates: Candidates, sizes: GripperGeometry) -> Tensor:
    """Height of the lowest corner of the open pads above the table [m], shape (B,)."""
    drop = (candidates.width / 2 + sizes.pad_thickness) * candidates.rotation[:, 2, 0].abs()
    return candidates.position[:, 2] - drop - sizes.pad_breadth / 2 * candidates.rotation[:, 2, 1].abs()


def limit_depth(candidates: Candidates, sizes: GripperGeometry, depth: float, clearance: float) -> Candidates:
    """Move the TCP ``depth`` [m] below the anchor, less where a pad came within ``clearance`` [m] of the table."""
    at_surface = replace(candidates, depth=torch.zeros_like(candidates.depth))
    room = tip_height(at_surface, sizes) - clearance
    fall = (-candidates.rotation[:, 2, 2]).clamp_min(1e-6)
    return replace(candidates, depth=(room / fall).clamp(max=depth))


def profile_points(
    sizes: GripperGeometry, reach: float, step: float, levels: tuple[float, ...], like: Tensor
) -> tuple[Tensor, int]:
    """Points between the jaws at the given ``levels`` behind the TCP plane [m], and how many share one x.

    They reach ``reach`` [m] to either side of the TCP in steps of ``step`` [m], ordered by x.
    """
    half = int(reach / step) + 1
    across = torch.arange(-half, half + 1, device=like.device, dtype=like.dtype) * step
    breadth = spaced(-sizes.pad_breadth / 2, sizes.pad_breadth / 2, 0.006, like)
    depth = -torch.tensor(levels, device=like.device, dtype=like.dtype)
    return grid(across, breadth, depth), len(breadth) * len(depth)


def close_gaps(occupied: Tensor, length: int) -> Tensor:
    """Fill the gaps of up to ``length`` samples in (B, S): no pad fits in there."""
    kernel = 2 * (length // 2 + 1) + 1
    grown = max_pool1d(occupied[:, None].float(), kernel, stride=1, padding=kernel // 2)
    return (-max_pool1d(-grown, kernel, stride=1, padding=kernel // 2))[:, 0] > 0.5


def central_run(occupied: Tensor, step: float) -> tuple[Tensor, Tensor, Tensor]:
    """Ends of the run of True samples (B, S) around the middle sample.

    Returns:
        low and high [m], counted from the middle sample, and whether the middle is True, each of shape (B,). An end
        lies halfway between the last True and the first False sample.
    """
    middle = occupied.shape[1] // 2
    right = occupied[:, middle:].long().cumprod(dim=1).sum(dim=1)
    left = occupied[:, : middle + 1].flip(1).long().cumprod(dim=1).sum(dim=1)
    return -(left - 0.5) * step, (right - 0.5) * step, occupied[:, middle]


def fit_opening(
    candidates: Candidates,
    body: Surface,
    sizes: GripperGeometry,
    margin: float,
    levels: tuple[float, ...],
    step: float = 0.004,
) -> tuple[Candidates, Tensor]:
    """Centre the jaws on the target's body and open them around it.

    The depth profile between the pads is read along the closing direction: where the target stands higher than the
    pads' depth there is body. The run of body through the TCP gives midpoint and extent.

    Args:
        candidates: B poses.
        body: surface of the target alone.
        sizes: sizes of the gripper.
        margin: opening on either side of the body [m].
        levels: distances behind the TCP plane at which the profile is read [m].
        step: distance of the samples along the closing direction [m].

    Returns:
        The candidates with ``shift`` and ``width`` set (width is extent + 2 margin, not limited to the stroke), and
        whether any of the target lies between the pads, shape (B,).
    """
    gap = int(sizes.pad_thickness / step)
    low, high, found = _body(candidates, body, profile_points(sizes, NEAR, step, levels, candidates.anchor), gap, step)
    further = (found & (torch.maximum(-low, high) > NEAR - gap * step)).nonzero()[:, 0]
    if len(further) > 0:
        points = profile_points(sizes, sizes.stroke, step, levels, candidates.anchor)
        low[further], high[further], _ = _body(candidates.select(further), body, points, gap, step)
    shift = candidates.shift + torch.where(found, (low + high) / 2, 0.0)
    return replace(candidates, shift=shift, width=(high - low).clamp_min(0.0) + 2 * margin), found


def _body(
    candidates: Candidates, body: Surface, between: tuple[Tensor, int], gap: int, step: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Ends [m] of the body that B jaws hold, as :func:`central_run` gives them; gaps of ``gap`` samples are none."""
    points, per_sample = between
    depth = body.depth(candidates.world, candidates.to_world(points))
    profile = depth.view(len(depth), len(points) // per_sample, per_sample).amax(dim=-1) > 0.0
    return central_run(close_gaps(profile, gap), step)
