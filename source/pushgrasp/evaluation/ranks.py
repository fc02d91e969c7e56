"""Whether two physics engines rank policies alike: Pearson's correlation, and the mean maximum rank violation (MMRV).

Both are those of Li et al. 2024 (SIMPLER, Sec. III), with which the field compares simulations with real robots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.table import Table

from pushgrasp.evaluation.intervals import RESAMPLES, Mean
from pushgrasp.evaluation.records import TrialRecord
from pushgrasp.evaluation.runs import Run
from pushgrasp.evaluation.table import format_mean, format_share
from pushgrasp.files.text_files import FileError


@dataclass(frozen=True)
class EnginePair:
    """Runs of the same policies on the same scenes of one protocol in two engines, in the same order."""

    protocol: str
    reference: tuple[Run, ...]
    other: tuple[Run, ...]


def paired_runs(reference: Sequence[Run], other: Sequence[Run]) -> list[EnginePair]:
    """Return, for each protocol, the runs of the policies that both have.

    Raises:
        ValueError: If no protocol has two policies in both, or the scenes of two runs differ.
    """
    pairs = []
    for protocol in dict.fromkeys(run.info.protocol for run in reference):
        mine, theirs = ({r.info.policy: r for r in runs if r.info.protocol == protocol} for runs in (reference, other))
        policies = [policy for policy in mine if policy in theirs]
        for policy in policies:
            if not mine[policy].info.same_scenes(theirs[policy].info):
                raise FileError(f"{mine[policy].folder} and {theirs[policy].folder} are of other scenes")
        if len(policies) > 1:
            runs = (tuple(side[policy] for policy in policies) for side in (mine, theirs))
            pairs.append(EnginePair(protocol, *runs))
    if not pairs:
        raise FileError("no protocol has runs of two policies in both engines")
    return pairs


def figures(records: Sequence[TrialRecord]) -> dict[str, list[float]]:
    """Return values of trials without a fault: completion and motions of each, success of each grasp."""
    valid = [record for record in records if not record.fault]
    actions = [action for record in valid for action in record.actions]
    return {
        "completion": [float(record.completed) for record in valid],
        "grasp success": [float(action.success) for action in actions if action.does("grasp")],
        "motions": [float(len(record.actions)) for record in valid],
    }


def rank_table(pairs: Sequence[EnginePair]) -> Table:
    """Return how far the two engines rank the policies of each protocol alike."""
    table = Table(
        title="Ranks of policies", caption="95 % bootstrap intervals over trials; MMRV in units of the figure"
    )
    for name in ("protocol", "figure", "ranks equal", "Pearson", "MMRV", "policies"):
        table.add_column(name)
    for pair in pairs:
        sides = [[figures(run.records) for run in side] for side in (pair.reference, pair.other)]
        for name in sides[0][0]:
            reference, other = ([policy[name] for policy in side] for side in sides)
            correlation, violation = resampled(reference, other)
            equal = "yes" if violation.value == 0.0 else "no"
            texts = [format_mean(mean).rpartition(" of ")[0] for mean in (correlation, violation)]
            table.add_row(pair.protocol, name, equal, *texts, ", ".join(run.info.policy for run in pair.reference))
    return table


def engine_table(pairs: Sequence[EnginePair]) -> Table:
    """Return the metrics of each policy in each engine."""
    table = Table(title="Policies in two engines", caption="95 % intervals; over all trials")
    for name in ("protocol", "policy", "engine", "completion", "grasp success", "motions"):
        table.add_column(name)
    for pair in pairs:
        for run in (run for both in zip(pair.reference, pair.other, strict=True) for run in both):
            summary = run.summary
            shares = format_share(summary.completion), format_share(summary.grasp_success_all)
            table.add_row(
                pair.protocol, run.info.policy, run.info.physics, *shares, format_mean(summary.motion_number_all)
            )
    return table


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
) -> tuple[Mean, Mean]:
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
