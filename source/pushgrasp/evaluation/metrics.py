"""Completion, grasp success and motion number, as Wang & Kasaei 2025, Sec. IV-B define them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import binomtest


@dataclass(frozen=True)
class TrialRecord:
    """One trial: a scene, from the first picture until the target is grasped or the trial has failed."""

    trial: int
    completed: bool
    """The target was grasped."""
    pushes: int
    grasps: int
    grasp_successes: int
    """Grasps that lifted the target alone: 1 in a completed trial, else 0."""
    objects_lost: int
    fault: bool = False
    """The simulation failed; the trial says nothing about the policy."""

    @property
    def actions(self) -> int:
        """Pushes and grasps."""
        return self.pushes + self.grasps


@dataclass(frozen=True)
class Share:
    """A share with its 95 % Wilson interval and what it is over."""

    value: float
    low: float
    high: float
    base: int


@dataclass(frozen=True)
class Summary:
    """Metrics over trials; None where nothing defines them."""

    trials: int
    faults: int
    completion: Share | None
    """Completed trials among all trials without a fault."""
    grasp_success: Share | None
    """Successful grasps among the grasps of completed trials."""
    grasp_success_all: Share | None
    """Successful grasps among all grasps."""
    motion_number: float | None
    """Mean number of actions of completed trials."""
    motion_number_all: float | None
    """Mean number of actions of all trials."""
    objects_lost: int


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


def summarise(records: Sequence[TrialRecord]) -> Summary:
    """Return the metrics over records; trials with a fault are counted and left out."""
    valid = [record for record in records if not record.fault]
    done = [record for record in valid if record.completed]
    return Summary(
        trials=len(records),
        faults=len(records) - len(valid),
        completion=share(len(done), len(valid)),
        grasp_success=share(sum(r.grasp_successes for r in done), sum(r.grasps for r in done)),
        grasp_success_all=share(sum(r.grasp_successes for r in valid), sum(r.grasps for r in valid)),
        motion_number=_mean([record.actions for record in done]),
        motion_number_all=_mean([record.actions for record in valid]),
        objects_lost=sum(record.objects_lost for record in valid),
    )


def _mean(values: Sequence[int]) -> float | None:
    return sum(values) / len(values) if values else None
