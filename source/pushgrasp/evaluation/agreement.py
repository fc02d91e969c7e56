"""Whether two physics engines agree on single actions, done again from the same states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pushgrasp.evaluation.intervals import Share, share
from pushgrasp.interface.outcome import MOVED


@dataclass(frozen=True)
class Replayed:
    """One action done again."""

    trial: int
    action: int
    """Its number in the trial, from 0."""
    kinds: tuple[str, ...]
    """What each arm did."""
    recorded: bool
    """Whether it succeeded then."""
    success: bool
    """Whether it succeeded now."""
    apart: tuple[float, ...] = ()
    """How far from where it ended then each object that moved then or now lies now [m]; empty where nobody wrote down
    how the action ended."""
    target_apart: float | None = None
    """The same for the target, whether it moved or not [m]; None where nobody knows."""
    exploded: tuple[int, ...] = ()
    """Slots of objects that are nowhere any more: their state is not finite."""

    @property
    def agrees(self) -> bool:
        """Whether it came out the same."""
        return self.recorded == self.success


@dataclass(frozen=True)
class Agreement:
    """Agreement over actions of one kind."""

    success: Share | None
    """Actions that succeeded then and now, or neither."""
    only_then: int
    only_now: int
    median_apart: float | None
    """Median distance of objects that moved [m]."""
    most_apart: float | None
    """Distance that nine of ten of these stay within [m]."""
    moved: int
    """How many objects that is over."""


def apart(before: np.ndarray, then: np.ndarray, now: np.ndarray) -> tuple[float, ...]:
    """Return how far objects that moved then or now lie from where they ended then [m], where that is known.

    Args:
        before: Positions before the action [m], shape (O, 3); NaN for objects that were not there.
        then: Where they ended then, (O, 3); NaN for objects that were taken away.
        now: Where they end now, (O, 3).
    """
    far = np.maximum(np.linalg.norm(then - before, axis=1), np.linalg.norm(now - before, axis=1))
    distance = np.linalg.norm(now - then, axis=1)
    return tuple(distance[(far > MOVED) & np.isfinite(distance)].tolist())


def agreement(replayed: Sequence[Replayed], kind: str) -> Agreement:
    """Return the agreement over actions in which any arm did this; actions that exploded do not agree."""
    chosen = [action for action in replayed if kind in action.kinds]
    distances = [distance for action in chosen for distance in action.apart if np.isfinite(distance)]
    agree = sum(action.agrees and not action.exploded for action in chosen)
    return Agreement(
        success=share(agree, len(chosen)),
        only_then=sum(action.recorded and not action.success for action in chosen),
        only_now=sum(action.success and not action.recorded for action in chosen),
        median_apart=float(np.median(distances)) if distances else None,
        most_apart=float(np.quantile(distances, 0.9)) if distances else None,
        moved=len(distances),
    )


def largest(replayed: Sequence[Replayed], count: int) -> list[Replayed]:
    """Return the actions that agree least: those that came out otherwise, then those with objects farthest apart."""
    return sorted(replayed, key=lambda a: (bool(a.exploded), not a.agrees, max(a.apart, default=0.0)), reverse=True)[
        :count
    ]
