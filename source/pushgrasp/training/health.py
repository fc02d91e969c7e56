"""Notice a diverged training before it overwrites a good checkpoint."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import nn


class NonFiniteError(FloatingPointError):
    """A loss or a parameter is NaN or infinite."""


def require_finite(losses: Mapping[str, float], modules: Mapping[str, nn.Module], advice: str) -> None:
    """Raise NonFiniteError when a loss or a parameter is not finite.

    Args:
        losses: Losses of the last update by name.
        modules: Networks by name.
        advice: What the user can do, appended to the message.
    """
    bad_losses = [f"loss {name} = {value}" for name, value in losses.items() if not math.isfinite(value)]
    bad_parameters = [
        f"{owner}.{name} ({int((~torch.isfinite(tensor)).sum())} of {tensor.numel()} numbers)"
        for owner, module in modules.items()
        for name, tensor in module.named_parameters()
        if not torch.isfinite(tensor).all()
    ]
    bad = bad_losses + bad_parameters
    if bad:
        more = f" and {len(bad) - 5} more" if len(bad) > 5 else ""
        raise NonFiniteError(f"training diverged: {', '.join(bad[:5])}{more}. {advice}")
