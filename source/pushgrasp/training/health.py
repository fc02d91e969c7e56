"""Notice a diverged training before it overwrites a good checkpoint."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from tensordict import TensorDict
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


def check_environment(obs: TensorDict, rewards: torch.Tensor) -> None:
    """Raise ValueError when an observation (N, ...) or a reward (N,) is NaN or infinite, naming it and the worlds."""
    for name, tensor in [*obs.items(), ("rewards", rewards)]:
        finite = torch.isfinite(tensor).flatten(1).all(dim=1) if tensor.ndim > 1 else torch.isfinite(tensor)
        if not finite.all():
            worlds = (~finite).nonzero().flatten().tolist()
            raise ValueError(f"the environment returned NaN or infinite numbers: {name!r} of worlds {worlds[:10]}")
