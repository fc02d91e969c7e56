"""Summaries side by side."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table

from pushgrasp.evaluation.intervals import Mean, Share
from pushgrasp.evaluation.metrics import Summary

UNDEFINED = "-"


def comparison_table(summaries: Mapping[str, Summary], title: str) -> Table:
    """Return a table with one row per policy; what nothing defines is shown as a dash."""
    table = Table(title=title, caption="95 % intervals; pushes, grasps, motion number and seconds of completed trials")
    titles = "completion", "with a push", "grasp success", "motion number", "seconds", "objects lost", "faults"
    for name in ("policy", *titles):
        table.add_column(name, justify="left" if name == "policy" else "right")
    for name, summary in summaries.items():
        shares = format_share(summary.completion), format_count(summary.with_push), format_share(summary.grasp_success)
        means = _format_value(summary.motion_number, 2), _format_value(summary.trial_s, 1)
        table.add_row(name, *shares, *means, str(summary.objects_lost), str(summary.faults))
    return table


def _format_value(mean: Mean | None, digits: int) -> str:
    return UNDEFINED if mean is None else f"{mean.value:.{digits}f}"


def format_share(share: Share | None) -> str:
    """Return a share as ``87.5 % [63.9, 96.5] of 16``."""
    if share is None:
        return UNDEFINED
    return f"{100 * share.value:.1f} % [{100 * share.low:.1f}, {100 * share.high:.1f}] of {share.base}"


def format_count(share: Share | None) -> str:
    """Return a share as ``14 of 16``."""
    return UNDEFINED if share is None else f"{round(share.value * share.base)} of {share.base}"


def format_mean(mean: Mean | None) -> str:
    """Return a mean as ``2.79 [2.50, 3.10] of 16``, without an interval where there is none."""
    if mean is None:
        return UNDEFINED
    if mean.low is None or mean.high is None:
        return f"{mean.value:.2f} of {mean.base}"
    return f"{mean.value:.2f} [{mean.low:.2f}, {mean.high:.2f}] of {mean.base}"


def format_metric(value: Share | Mean | float | None) -> str:
    """Return any field of a summary as text."""
    if isinstance(value, Share):
        return format_share(value)
    if isinstance(value, Mean):
        return format_mean(value)
    return UNDEFINED if value is None else f"{value:.2f}"


def brief(value: Share | Mean | None) -> str:
    """Return a share [%] as ``88 [64, 97] of 16``, a mean as ``2.79 [2.50, 3.10]``."""
    if value is None:
        return UNDEFINED
    if isinstance(value, Share):
        return f"{100 * value.value:.0f} [{100 * value.low:.0f}, {100 * value.high:.0f}] of {value.base}"
    return format_mean(value).partition(" of ")[0]


def summary_line(name: str, summary: Summary) -> str:
    """Return the main metrics in one line."""
    parts = {
        "completion": format_share(summary.completion),
        "grasp success": format_share(summary.grasp_success),
        "with a push": format_count(summary.with_push),
        "motion number": format_mean(summary.motion_number),
        "seconds": format_mean(summary.trial_s),
        "pushes": format_mean(summary.push_number),
        "moves": format_mean(summary.move_number),
        "objects lost": str(summary.objects_lost),
        "faults": f"{summary.faults} of {summary.trials} trials",
    }
    return f"{name}: " + ", ".join(f"{key} {value}" for key, value in parts.items())
