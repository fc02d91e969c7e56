"""Pushes as the decisions that an environment carries out, and decisions put together and taken apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from pushgrasp.decoding.decoder import Decision
from pushgrasp.decoding.grasp import Grasps
from pushgrasp.decoding.push import Pushes, no_pushes


def push_decision(pushes: Pushes, costs: torch.Tensor) -> Decision:
    """Return C pushes as decisions; ``costs`` (C,) is what the best grasp costs after each."""
    count = len(costs)
    upright = torch.diag(costs.new_tensor([1.0, -1.0, -1.0])).repeat(count, 1, 1)
    none = torch.zeros(count, dtype=torch.bool)
    grasps = Grasps(costs.new_zeros(count, 3), upright, costs.new_zeros(count), none.long(), none)
    return Decision(none, torch.full_like(costs, -torch.inf), -costs, grasps, pushes)


def no_decision(num_arms: int, points: int) -> Decision:
    """Return one decision to do nothing."""
    pushes = no_pushes(1, num_arms, points, torch.zeros(1))
    return push_decision(pushes, torch.zeros(1))


def rows(decision: Decision, index: slice | Sequence[int]) -> Decision:
    """Return the decisions of some worlds."""
    return _each(lambda values: values[0][index], decision)


def joined(decisions: Sequence[Decision]) -> Decision:
    """Return decisions one after the other."""
    return _each(torch.cat, *decisions)


def _each[T: (Decision, Grasps, Pushes)](function: Callable[[Any], torch.Tensor], *items: T) -> T:
    """Return what a function makes of the lists of the fields of some decisions, or of parts of them."""
    fields: dict[str, Any] = {}
    for name in vars(items[0]):
        values: list[Any] = [getattr(item, name) for item in items]
        fields[name] = function(values) if isinstance(values[0], torch.Tensor) else _each(function, *values)
    return type(items[0])(**fields)
