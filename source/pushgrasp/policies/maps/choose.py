"""The cell and direction that a map of scores chooses."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def best_entries(scores: Tensor, allowed: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the best entries of a map, best first.

    Args:
        scores: Score of each direction and cell, shape (A, S, S).
        allowed: Entries that may be chosen, shape (A, S, S), bool.
        count: Most entries.

    Returns:
        Direction, row and column, shape (K, 3), long, and their scores (K,); K is less than ``count`` where fewer are
        allowed.
    """
    flat = scores.masked_fill(~allowed, -torch.inf).flatten()
    values, index = flat.topk(min(count, int(allowed.sum())))
    return unravel(index, scores.shape[-1]), values


def choose_apart(values: Tensor, most: int, alike: Callable[[int], Tensor]) -> list[int]:
    """Return the numbers of up to ``most`` of B things: the best by values (B,) that are not alike.

    Args:
        values: Worths; those of -inf are left out.
        most: How many at most.
        alike: Tells which of all, (B,), bool, are like the one with a number.
    """
    left, chosen = values.clone(), []
    while len(chosen) < most and bool((left > -torch.inf).any()):
        chosen.append(int(left.argmax()))
        left[alike(chosen[-1])] = -torch.inf
    return chosen


def random_entry(allowed: Tensor, generator: torch.Generator) -> Tensor:
    """Return any entry (direction, row, column), shape (3,), of those that are allowed, (A, S, S), bool, not none."""
    return random_entries(allowed, 1, generator)[0]


def random_entries(allowed: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Return ``count`` entries, shape (count, 3), drawn with replacement (see :func:`random_entry`)."""
    entries = allowed.flatten().nonzero()[:, 0]
    index = entries[torch.randint(len(entries), (count,), generator=generator).to(entries.device)]
    return unravel(index, allowed.shape[-1])


def peak(scores: Tensor | None, like: Tensor) -> Tensor:
    """Return the greatest worth of maps (N, A, S, S), shape (N,); 0 where nothing is allowed, or there are no maps."""
    if scores is None:
        return torch.zeros_like(like)
    best = scores.flatten(1).amax(dim=1)
    return torch.where(best > -torch.inf, best, 0.0)


def unravel(index: Tensor, size: int) -> Tensor:
    """Return direction, row and column (K, 3) of flat indices (K,) into maps (A, size, size)."""
    return torch.stack((index // size**2, index // size % size, index % size), dim=-1)
