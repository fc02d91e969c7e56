"""Summaries side by side."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table

from pushgrasp.evaluation.metrics import Share, Summary

UNDEFINED = "-"


def comparison_table(summaries: Mapping[str, Summary], title: str) -> Table:
    """Return a table with one row per policy; what nothing defines is shown as a dash."""
    table = Table(title=title, caption="95 % Wilson intervals; grasp success and motion number over completed trials")
    for name in ("policy", "completion", "grasp success", "motion number", "objects lost", "faults"):
        table.add_column(name, justify="left" if name == "policy" else "right")
    for name, summary in summaries.items():
        motion = UNDEFINED if summary.motion_number is None else f"{summary.motion_number:.2f}"
        cells = (format_share(summary.completion), format_share(summary.grasp_success), motion)
        table.add_row(name, *cells, str(summary.objects_lost), str(summary.faults))
    return table


def format_share(share: Share | None) -> str:
    """Return a share as ``87.5 % [63.9, 96.5] of 16``."""
    if share is None:
        return UNDEFINED
    return f"{100 * share.value:.1f} % [{100 * share.low:.1f}, {100 * share.high:.1f}] of {share.base}"
