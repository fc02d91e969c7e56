"""What learning curves come to in the end, as a table: agents, stages and ablations against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pushgrasp.console import printable
from pushgrasp.evaluation.curves import Curve, panels_of, smooth
from pushgrasp.evaluation.markdown import escaped, table

COMPLETION = "Episode/completion"

SHARE = 0.9
"""Share of the final completion whose first crossing tells how fast an agent learned."""


def curve_table(groups: Mapping[str, Sequence[dict[str, Curve]]], window: int = 5) -> str:
    """Return a Markdown table of groups of trainings, the seeds of one agent each.

    Figures are means over the last ``window`` iterations, then over the seeds, with the standard deviation over the
    seeds where there are several. The last column says after how many actions the running mean of completion first
    reached 90 % of where it ended.

    Args:
        groups: Name of a group and the curves of its runs (see :func:`pushgrasp.evaluation.curves.read_curves`).
        window: Iterations, odd.
    """
    panels = panels_of(groups)
    heads = ["agent", "seeds", "actions", *panels.values(), f"actions to {SHARE:.0%} of the completion"]
    lines = [heads]
    for name, runs in groups.items():
        ends = [max((curve.actions[-1] for curve in run.values() if len(curve.actions)), default=0.0) for run in runs]
        figures = [_figure([run[tag].values[-window:].mean() for run in runs if tag in run]) for tag in panels]
        fast = _figure([actions_to_share(run[COMPLETION], window) for run in runs if COMPLETION in run], "{:.0f}")
        lines.append([escaped(printable(name)), str(len(runs)), _figure(ends, "{:.0f}"), *figures, fast])
    return table(lines)


def actions_to_share(curve: Curve, window: int, share: float = SHARE) -> float:
    """Return after how many actions the running mean of a curve first reached ``share`` of its mean at the end."""
    final = curve.values[-window:].mean()
    reached = smooth(curve.values, window) >= share * final
    return float(curve.actions[int(reached.argmax())])


def _figure(values: Sequence[float], form: str = "{:.2f}") -> str:
    """Mean of values, and their standard deviation if there are several."""
    if len(values) == 0:
        return ""
    mean = form.format(np.mean(values))
    return mean if len(values) == 1 else f"{mean} ± {form.format(np.std(values, ddof=1))}"
