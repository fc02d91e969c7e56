"""Steps of optimisers, and the states of nets and optimisers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer

MAX_NORM = 5.0
"""Gradients are cut off at this norm."""


def step(optimiser: Optimizer, loss: Tensor) -> float:
    """Take a step down a loss; return its value."""
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    clip_grad_norm_([weight for group in optimiser.param_groups for weight in group["params"]], MAX_NORM)
    optimiser.step()
    return float(loss.detach())


def cosine(rate: float, done: float) -> float:
    """Return a rate that falls to nothing along a cosine while ``done`` goes from 0 to 1."""
    return 0.5 * rate * (1.0 + math.cos(math.pi * done))


def set_rate(optimiser: Optimizer, rate: float) -> None:
    """Set the learning rate."""
    for group in optimiser.param_groups:
        group["lr"] = rate


def net_states(nets: Mapping[str, nn.Module], optimisers: Mapping[str, Optimizer]) -> dict[str, Any]:
    """Return the weights of nets, and the states of optimisers, by name."""
    return {
        "nets": {name: net.train().state_dict() for name, net in nets.items()},  # escnn adds to them in evaluation mode
        "optimisers": {name: optimiser.state_dict() for name, optimiser in optimisers.items()},
    }


def restore_nets(nets: Mapping[str, nn.Module], optimisers: Mapping[str, Optimizer], state: Mapping[str, Any]) -> None:
    """Take over what :func:`net_states` has returned.

    Raises:
        RuntimeError: If the weights are of other nets.
    """
    for name, net in nets.items():
        net.train().load_state_dict(state["nets"][name])
    for name, optimiser in optimisers.items():
        optimiser.load_state_dict(state["optimisers"][name])
