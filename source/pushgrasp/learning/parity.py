"""Do two versions of a policy compute the same?"""

from __future__ import annotations

from collections.abc import Callable

import torch

Inputs = tuple[torch.Tensor, ...]
"""Tensors of one call."""

TOLERANCE = 1e-4  # largest difference, relative to the largest magnitude of the reference


class ParityError(ValueError):
    """An exported policy computes something else than the trained one."""


def relative_error(reference: torch.Tensor, other: torch.Tensor) -> float:
    """Return max |reference - other| / max |reference|; infinite for NaN or different shapes.

    The error is relative to the largest magnitude, because single numbers near zero have no meaningful relative error.
    """
    if reference.shape != other.shape or not (torch.isfinite(reference).all() and torch.isfinite(other).all()):
        return float("inf")
    scale = reference.abs().max().clamp(min=torch.finfo(reference.dtype).tiny)
    return float((reference - other).abs().max() / scale)


def check_parity(
    name: str,
    reference: Callable[..., torch.Tensor],
    candidate: Callable[..., torch.Tensor],
    inputs: list[Inputs],
    tolerance: float = TOLERANCE,
) -> float:
    """Return the largest relative error between two policies over some inputs.

    Args:
        name: What the candidate is, for the message.
        reference: The trained policy.
        candidate: The exported policy.
        inputs: Batches; use different batch sizes.
        tolerance: Largest relative error allowed.

    Raises:
        ParityError: When the error is larger.
    """
    with torch.no_grad():
        error = max(relative_error(reference(*batch), candidate(*batch)) for batch in inputs)
    if not error <= tolerance:
        raise ParityError(f"{name} differs from the trained policy by {error:.2e} (relative), allowed {tolerance:.0e}")
    return error
