"""What actions are worth while the Q nets learn (Ding et al., Sec. III-E)."""

from __future__ import annotations

import torch
from torch import Tensor

ON_TARGET, TAKEN = 0.25, 1.0
"""Rewards of a grasp within the full mask of the target, and of one that takes it."""

UNCOVERED, READY = 0.5, 1.0
"""Rewards of a push that uncovers the target, and of one that makes a grasp worth more, and more than the threshold."""

UNCOVERED_BY = 0.1
"""A push uncovers the target if the hidden share falls by more than this."""

KEPT = 0.95
"""How much of the threshold stays after each push (beta)."""


def grasp_reward(on_target: Tensor, taken: Tensor) -> Tensor:
    """Return the rewards (N,) of grasps, from whether they are within the target's full mask and whether they take it.

    Ding et al., Eq. 3.
    """
    return torch.where(taken, TAKEN, torch.where(on_target, ON_TARGET, 0.0))


def push_reward(hidden: tuple[Tensor, Tensor], q_grasp: tuple[Tensor, Tensor], threshold: Tensor) -> Tensor:
    """Return the rewards (N,) of pushes (Ding et al., Eq. 5, where the worth before the push does not count).

    Args:
        hidden: Share of the target that was hidden before the push and is after it, shapes (N,).
        q_grasp: Worth of the best grasp before and after it, shapes (N,).
        threshold: What a worth must exceed, shape (N,) or ().
    """
    uncovered = hidden[0] - hidden[1] > UNCOVERED_BY
    ready = (q_grasp[1] > threshold) & (q_grasp[1] > q_grasp[0])
    return torch.where(ready, READY, torch.where(uncovered, UNCOVERED, 0.0))


def adapted(threshold: Tensor, q_grasp: Tensor) -> Tensor:
    """Return thresholds after a push, from the worth of the best grasp then (Ding et al., Eq. 4)."""
    return KEPT * threshold + (1.0 - KEPT) * q_grasp
