"""Shares and means with 95 % intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest, bootstrap, trim_mean

RESAMPLES = 2000
"""Bootstrap resamples of an interval."""

_SEED = 0
"""Seed of every bootstrap: the same trials give the same interval."""


@dataclass(frozen=True)
class Share:
    """A share with its 95 % Wilson interval and what it is over."""

    value: float
    low: float
    high: float
    base: int


@dataclass(frozen=True)
class Mean:
    """A mean with its 95 % bootstrap interval and how many values it is over.

    The interval is None over a single value, which says nothing about the spread.
    """

    value: float
    low: float | None
    high: float | None
    base: int


def share(hits: int, base: int) -> Share | None:
    """Return ``hits / base`` with its 95 % Wilson interval, or None if ``base`` is 0.

    Raises:
        ValueError: If ``hits`` is not between 0 and ``base``.
    """
    if not 0 <= hits <= base:
        raise ValueError(f"hits is {hits}; it must be between 0 and the base {base}")
    if base == 0:
        return None
    interval = binomtest(hits, base).proportion_ci(0.95, method="wilson")
    return Share(hits / base, float(interval.low), float(interval.high), base)


def mean(values: Sequence[float]) -> Mean | None:
    """Return the mean with its 95 % percentile bootstrap interval, or None without any value.

    Raises:
        ValueError: If a value is not finite.
    """
    numbers = np.asarray(values, dtype=float)
    if not np.isfinite(numbers).all():
        raise ValueError(f"values are {list(values)}; finite numbers are needed")
    if len(numbers) < 2:
        return Mean(float(numbers[0]), None, None, 1) if len(numbers) else None
    rng = np.random.default_rng(_SEED)
    found = bootstrap((numbers,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=rng, vectorized=True)
    interval = found.confidence_interval
    return Mean(float(numbers.mean()), float(interval.low), float(interval.high), len(numbers))


def interquartile_mean(cases: Sequence[Sequence[float]]) -> Mean | None:
    """Return the interquartile mean over cases of each case's mean, with a 95 % bootstrap interval.

    A quarter of the cases, rounded down, is left out at either end. Trials are resampled within their case, as Agarwal
    et al. 2021 (rliable) do with runs and tasks.

    Args:
        cases: Values of the trials of each case.

    Returns:
        The mean, over as many cases as ``base`` says, or None if there is no case or one without a value.
    """
    if not cases or not all(cases):
        return None
    rng, arrays = np.random.default_rng(_SEED), [np.asarray(values, dtype=float) for values in cases]
    drawn = [values[rng.integers(len(values), size=(RESAMPLES, len(values)))].mean(axis=1) for values in arrays]
    low, high = np.percentile(trim_mean(np.stack(drawn), 0.25, axis=0), (2.5, 97.5))
    value = float(trim_mean([values.mean() for values in arrays], 0.25))
    return Mean(value, float(low), float(high), len(cases))
