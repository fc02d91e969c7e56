"""What grasps, moves and pushes are worth (Li et al. 2024, Eq. 4 to 7); all of N actions, shape (N,)."""

from __future__ import annotations

import torch
from torch import Tensor

MOVE_GAIN, PUSH_GAIN = 0.5, 0.1
"""Rise of the worth of the best grasp of the target that rewards a move, and a push."""

CHANGE, CHANGED_CELLS = 0.01, 25
"""Where the height has changed by this [m] in so many cells, something has changed: 5 cm2 in cells of 4.5 mm."""


def grasp_reward(lifted: Tensor) -> Tensor:
    """Return 1 where what was to be lifted was, 0 elsewhere (Eq. 4: any object; Eq. 5: the target)."""
    return lifted.float()


def move_reward(cleared: Tensor, taken: Tensor, gain: Tensor, changed: Tensor) -> Tensor:
    """Return what moves are worth (Eq. 6).

    Args:
        cleared: Whether the target was occluded before, and is not any more, bool.
        taken: Whether the move lifted the target, bool.
        gain: Rise of the worth of the best grasp of the target.
        changed: Whether anything has changed near the target, bool.

    Returns:
        1 where the target is cleared, else 0.5 where the gain is large, else 0; -0.5 where the target was taken or
        nothing has changed.
    """
    helped = torch.where(cleared, 1.0, 0.5 * (gain > MOVE_GAIN).float())
    return torch.where(taken | ~changed, -0.5, helped)


def push_reward(gain: Tensor, changed: Tensor) -> Tensor:
    """Return what pushes are worth (Eq. 7): 0.5 where the gain is large, -0.5 where nothing has changed, else 0.

    Args:
        gain: Rise of the worth of the best grasp of the target.
        changed: Whether anything has changed near the target, bool.
    """
    return torch.where(changed, 0.5 * (gain > PUSH_GAIN).float(), -0.5)


def has_changed(before: Tensor, after: Tensor, near: Tensor) -> Tensor:
    """Tell where heights have changed near the target.

    Args:
        before: Heights before an action [m], shape (N, S, S).
        after: Heights of the same cells after it [m].
        near: Cells that count, shape (N, S, S), bool.

    Returns:
        Shape (N,), bool.
    """
    return (((after - before).abs() > CHANGE) & near).sum(dim=(1, 2)) >= CHANGED_CELLS
