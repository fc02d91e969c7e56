"""The coordinator: a small net that says whether the best grasp is worth trying now (Ding et al., Sec. III-D)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pushgrasp.perception.masks import dilate

HIDDEN = 16, 8
"""Sizes of the hidden layers; the paper says no more than that there are three layers."""


class Coordinator(nn.Module):
    """What is known of a target and its best actions to the log-odds that the best grasp takes it."""

    def __init__(self) -> None:
        """Build it."""
        super().__init__()
        first, second = HIDDEN
        self.layers = nn.Sequential(
            nn.Linear(6, first), nn.ReLU(), nn.Linear(first, second), nn.ReLU(), nn.Linear(second, 1)
        )
        self.steps: Tensor
        """Steps that it has learned, shape (), long."""
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    def forward(self, features: Tensor) -> Tensor:
        """Return log-odds (N,) of features (N, 6) as :func:`coordinator_features` gives them."""
        return self.layers(features)[:, 0]


def coordinator_features(
    q_push: Tensor, q_grasp: Tensor, hidden: Tensor, crowding: tuple[Tensor, Tensor], failures: Tensor
) -> Tensor:
    """Return q_p, q_g, o, a_b, a_n and f_c (Ding et al., Eq. 1), shape (N, 6).

    Args:
        q_push: Worth of the best push, shape (N,); one that does not exist (-inf) counts as 0.
        q_grasp: Worth of the best grasp, likewise.
        hidden: Share of the target's full mask that is not seen, shape (N,).
        crowding: What :func:`crowding` gives.
        failures: Grasps that have failed so far, shape (N,).
    """
    worths = [torch.where(worth.isfinite(), worth, 0.0) for worth in (q_push, q_grasp)]
    return torch.stack((*worths, hidden, *crowding, failures.to(hidden)), dim=1)


def crowding(full: Tensor, occupied: Tensor, cells: int) -> tuple[Tensor, Tensor]:
    """Return how much stands in the border of full masks: a_b and a_n (Ding et al., Eq. 2), each of shape (N,).

    a_b is the share of the border that is occupied; a_n is the occupied border's area over that of the full mask.

    Args:
        full: Full masks, shape (N, H, W), bool.
        occupied: Cells in which an object is in the way, shape (N, H, W), bool.
        cells: Width of the border outside the mask [cells].
    """
    border = dilate(full, cells) & ~full
    taken = (border & occupied).sum(dim=(1, 2))
    return taken / border.sum(dim=(1, 2)).clamp_min(1), taken / full.sum(dim=(1, 2)).clamp_min(1)
