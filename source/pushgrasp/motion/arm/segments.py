"""Least distance of line segments."""

import torch

TINY = 1.0e-12
"""Guards divisions where a segment has no length or two are parallel [m^2, m^4]."""


def segment_distance(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Return the least distance [m] of segments, shape (...) (Ericson, Real-Time Collision Detection, 2005, 5.1.9).

    Coordinates come first: long runs of numbers next to each other are what a processor is fast at.

    Args:
        a: start and end points of the first ones [m], shape (2, 3, ...).
        b: start and end points of the second ones [m], shape (2, 3, ...); must broadcast against ``a``.
    """
    along_a, along_b = a[1] - a[0], b[1] - b[0]
    between = a[0] - b[0]
    aa, bb = _dot(along_a, along_a).clamp(min=TINY), _dot(along_b, along_b).clamp(min=TINY)
    ab, ar, br = _dot(along_a, along_b), _dot(along_a, between), _dot(along_b, between)
    share_a = ((ab * br - ar * bb) / (aa * bb - ab * ab).clamp(min=TINY)).clamp_(0.0, 1.0)
    share_b = ((ab * share_a + br) / bb).clamp_(0.0, 1.0)
    share_a = ((ab * share_b - ar) / aa).clamp_(0.0, 1.0)
    rest = between + share_a * along_a - share_b * along_b
    return _dot(rest, rest).sqrt()


def _dot(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Return the dot product over the first dimension, of length 3."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
