"""Whether two physics engines agree: on single actions done again from the same states, and on the ranks of policies.

MMRV is that of Li et al. 2024 (SIMPLER, Sec. III), with which the field compares simulations with real robots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pushgrasp.evaluation.intervals import Mean, Share, share
from pushgrasp.interface.outcome import MOVED

RESAMPLES = 2000
"""Bootstrap resamples of a correlation."""


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
    """Return how far objects that moved then or now lie from where they ended then [m].

    Args:
        before: Positions before the action [m], shape (O, 3); NaN for objects that were not there.
        then: Where they ended then, (O, 3); NaN for objects that were taken away.
        now: Where they end now, (O, 3).
    """
    far = np.maximum(np.linalg.norm(then - before, axis=1), np.linalg.norm(now - before, axis=1))
    return tuple(np.linalg.norm(now - then, axis=1)[far > MOVED].tolist())


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


def mean_maximum_rank_violation(reference: Sequence[float], other: Sequence[float]) -> float:
    """Return by how much of the reference's figure policies are ranked wrongly, on average; 0 is best.

    Args:
        reference: Figure of each of P policies in the engine that is trusted.
        other: The same in the other engine.

    Raises:
        ValueError: If there are fewer than two policies, or not as many here as there.
    """
    true, seen = _paired(reference, other)
    gap = np.abs(true[:, None] - true[None])
    violated = (true[:, None] < true[None]) != (seen[:, None] < seen[None])
    return float((gap * violated).max(axis=1).mean())


def pearson(reference: Sequence[float], other: Sequence[float]) -> float:
    """Return Pearson's correlation of a figure of P policies in two engines; NaN where all policies are equal.

    Raises:
        ValueError: As for :func:`mean_maximum_rank_violation`.
    """
    true, seen = _paired(reference, other)
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(np.corrcoef(true, seen)[0, 1])


def resampled(
    reference: Sequence[Sequence[float]], other: Sequence[Sequence[float]], seed: int = 0
) -> tuple[Mean | None, Mean | None]:
    """Return Pearson's correlation and MMRV of the policies' means, with 95 % bootstrap intervals over their trials.

    Args:
        reference: Values of the trials of each of P policies in the engine that is trusted.
        other: The same in the other engine.
        seed: Of the resampling.
    """
    rng = np.random.default_rng(seed)
    engines = [[np.asarray(values, dtype=float) for values in engine] for engine in (reference, other)]
    means = [[float(values.mean()) for values in engine] for engine in engines]
    drawn = [
        [values[rng.integers(len(values), size=(RESAMPLES, len(values)))].mean(axis=1) for values in engine]
        for engine in engines
    ]
    found = []
    for figure in (pearson, mean_maximum_rank_violation):
        rows = [figure(a, b) for a, b in zip(np.transpose(drawn[0]), np.transpose(drawn[1]), strict=True)]
        rows = [row for row in rows if np.isfinite(row)]
        low, high = np.percentile(rows, (2.5, 97.5)) if rows else (np.nan, np.nan)
        found.append(Mean(figure(*means), float(low), float(high), len(means[0])))
    return found[0], found[1]


def _paired(reference: Sequence[float], other: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    true, seen = np.asarray(reference, dtype=float), np.asarray(other, dtype=float)
    if true.shape != seen.shape or true.ndim != 1 or len(true) < 2:
        raise ValueError(f"two engines rank the same policies, two at least; got {len(true)} and {len(seen)}")
    return true, seen
