"""Which pushes of a state are tried: half of them are PushNet's best ones, half are drawn at random."""

from __future__ import annotations

import torch
from torch import Tensor

from pushgrasp.policies.maps.choose import best_entries, choose_apart, random_entries
from pushgrasp.policies.maps.primitives import push_angles

SAME_PLACE, SAME_WAY = 0.03, 0.85
"""Pushes that begin nearer to each other than this [m], along directions with at least this cosine, are alike."""

TOP = 2000
"""PushNet's best pushes that are looked at."""


def draw_pushes(scores: Tensor, allowed: Tensor, count: int, resolution: float, generator: torch.Generator) -> Tensor:
    """Return pushes (direction, row, column), shape (count, 3): PushNet's best one first, then others of the best.

    Half of them are no two alike; the others are drawn from all that are allowed.

    Args:
        scores: PushNet's worths, shape (directions, S, S).
        allowed: Pushes that may be chosen, shape (directions, S, S), bool, not none.
        count: How many.
        resolution: Side of a cell [m].
        generator: Source of all randomness.
    """
    best, values = best_entries(scores, allowed, TOP)
    apart = best[apart_pushes(best, values, count // 2, len(scores), resolution)]
    return torch.cat((apart, random_entries(allowed, count - len(apart), generator)))


def apart_pushes(entries: Tensor, values: Tensor, most: int, directions: int, resolution: float) -> list[int]:
    """Return the numbers of up to ``most`` of pushes (K, 3), best first by values (K,), no two alike."""
    angle, place = push_angles(directions)[entries[:, 0].cpu()].to(values), resolution * entries[:, 1:].to(values)

    def alike(best: int) -> Tensor:
        near = (place - place[best]).norm(dim=1) < SAME_PLACE
        return near & ((angle - angle[best]).cos() >= SAME_WAY)

    return choose_apart(values, most, alike)
