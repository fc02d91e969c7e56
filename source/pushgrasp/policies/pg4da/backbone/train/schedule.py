"""Learning rate over a training: a linear rise, then half a cosine."""

from __future__ import annotations

import math

FLOOR = 0.01
"""Rate at the end, as a share of the peak."""


def rate_factor(progress: float, warm_up: float) -> float:
    """Share of the peak learning rate.

    Args:
        progress: Share of the training that is done, 0 to 1.
        warm_up: Share of the training in which the rate rises.
    """
    if progress < warm_up:
        return max(FLOOR, progress / warm_up)
    done = min(1.0, (progress - warm_up) / (1.0 - warm_up))
    return FLOOR + (1.0 - FLOOR) * 0.5 * (1.0 + math.cos(math.pi * done))


def progress(step: int, steps: int, seconds: float, max_minutes: float | None) -> float:
    """Share of a training that is done: by steps or by the clock, whichever is further."""
    by_clock = 0.0 if max_minutes is None else seconds / (60.0 * max_minutes)
    return min(1.0, max(step / steps, by_clock))
