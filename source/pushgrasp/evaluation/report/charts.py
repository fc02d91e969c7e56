"""Figures of a report: drawn by matplotlib, written as SVG that scales with the page."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Any

import matplotlib
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from pushgrasp.evaluation.causes import CAUSES
from pushgrasp.evaluation.intervals import share
from pushgrasp.evaluation.metrics import success_within
from pushgrasp.evaluation.records import TrialRecord
from pushgrasp.evaluation.report.contents import Row

CAUSE_COLOURS = dict(
    zip(
        CAUSES,
        ("#b2182b", "#ef8a62", "#fddbc7", "#2166ac", "#67a9cf", "#bdbdbd", "#756bb1", "#252525"),
        strict=True,
    )
)
DONE_COLOUR, FAILED_COLOUR = "#4d9a5b", "#b2182b"
LIGHT = ("#fddbc7", "#bdbdbd", "#ef8a62", "#67a9cf")
"""Colours on which numbers are dark."""

LONGEST = 70
"""Characters of a name, or of all names in a line of a legend."""

STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.axisbelow": True,
}


def svg(figure: Figure) -> Markup:
    """Return a figure as SVG to put into a page; text stays text, and the same figure is the same SVG."""
    file, nothing = io.StringIO(), dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with matplotlib.rc_context(STYLE):
        figure.savefig(file, format="svg", bbox_inches="tight", transparent=True, metadata=nothing)
    text = file.getvalue()
    label = f'<svg role="img" aria-label="{escape(str(figure.get_label()))}" '
    return Markup(text[text.index("<svg ") :].replace("<svg ", label, 1))


def cause_bars(rows: Sequence[Row]) -> Figure:
    """Return one bar per policy: the shares of completed trials and of each cause of failure."""
    figure, axes = _figure("completed trials and causes of failure", 0.35 + 0.55 * len(rows))
    colours = {"completed": DONE_COLOUR, **CAUSE_COLOURS}
    for place, row in enumerate(rows):
        left, trials = 0.0, max(row.summary.trials, 1)
        done = sum(record.completed and not record.fault for record in row.run.records)
        _name(axes, 0.0, place - 0.3, f"{row.label}, {row.summary.trials} trials")
        for name, count in {"completed": done, **row.summary.causes}.items():
            part = count / trials
            bars = axes.barh(place, part, 0.45, left, color=colours[name])
            if part > 0.04:
                axes.bar_label(bars, [str(count)], label_type="center", color=_ink(colours[name]))
            left += part
    axes.set(xlim=(0.0, 1.0), ylim=(len(rows) - 0.6, -0.7))
    axes.set_axis_off()
    used = [name for name in CAUSES if any(name in row.summary.causes for row in rows)]
    _legend(figure, {name: colours[name] for name in ("completed", *used)}, gap=0.0)
    return figure


def success_by_actions(rows: Sequence[Row]) -> Figure:
    """Return the share of trials that were completed within 1, 2, 3, ... actions."""
    figure, axes = _shares("completed trials by number of actions", "completed within so many actions")
    limit = max((len(record.actions) for row in rows for record in row.run.records), default=1)
    for row in rows:
        found = [success_within(row.run.records, count) for count in range(1, limit + 1)]
        values = [100 * one.value for one in found if one is not None]  # None: no trial without a fault
        if values:
            axes.step([0, *range(1, limit + 1)], [0.0, *values], where="post", color=row.colour, linewidth=2)
    axes.set_xlim(0, max(limit, 1))
    axes.xaxis.set_major_locator(MaxNLocator(12, integer=True))
    _legend(figure, {row.label: row.colour for row in rows})
    return figure


def success_by_objects(rows: Sequence[Row]) -> Figure:
    """Return completion against the number of objects in the scene, with 95 % Wilson intervals.

    ``rows`` may be of several protocols; those of the same label are taken together.
    """
    series: dict[str, list[TrialRecord]] = {}
    for row in rows:
        series.setdefault(row.label, []).extend(row.run.records)
    colours = {row.label: row.colour for row in rows}
    counts = sorted({record.objects for records in series.values() for record in records})
    figure, axes = _shares("completion by number of objects", "objects in the scene")
    for number, (label, records) in enumerate(series.items()):
        shift = 0.3 / len(series) * (number - (len(series) - 1) / 2)
        _draw_shares(axes, records, {count: place + shift for place, count in enumerate(counts)}, colours[label])
    axes.set_xticks(range(len(counts)), [str(count) for count in counts])
    axes.set_xlim(-0.5, len(counts) - 0.5)
    _legend(figure, colours)
    return figure


def _draw_shares(axes: Axes, records: Sequence[TrialRecord], places: dict[int, float], colour: str) -> None:
    """Draw a dot with its interval at each number of objects, joined by a line."""
    valid = [record for record in records if not record.fault]
    of = {n: [record.completed for record in valid if record.objects == n] for n in places}
    found = {places[n]: one for n, done in of.items() if (one := share(sum(done), len(done))) is not None}
    values = [100 * one.value for one in found.values()]
    spread = [[100 * max(one.value - one.low, 0.0) for one in found.values()]]
    spread.append([100 * max(one.high - one.value, 0.0) for one in found.values()])
    if found:
        axes.errorbar(
            list(found), values, spread, color=colour, marker="o", markersize=5, linewidth=0.7, elinewidth=1.5
        )


def action_counts(row: Row) -> Figure:
    """Return how many trials took 1, 2, 3, ... actions, completed ones apart from failed ones."""
    figure, axes = _figure(f"actions per trial of {row.label}", 1.2)
    done = Counter(len(record.actions) for record in row.run.records if record.completed)
    failed = Counter(len(record.actions) for record in row.run.records if not record.completed)
    counts = sorted(done.keys() | failed.keys())
    axes.bar(counts, [done[n] for n in counts], 0.8, color=DONE_COLOUR)
    axes.bar(counts, [failed[n] for n in counts], 0.8, [done[n] for n in counts], color=FAILED_COLOUR)
    highest = max((done[n] + failed[n] for n in counts), default=1)
    axes.set(xlim=(0.4, max(counts, default=1) + 0.6), ylim=(0, highest), yticks=[])
    axes.xaxis.set_major_locator(MaxNLocator(12, integer=True))
    axes.spines[["left", "right"]].set_visible(False)
    text = f"trials by number of actions (highest bar {highest})" if counts else "no trials"
    _name(axes, 0.4, 1.12 * highest, f"{row.label}: {text}")
    _legend(figure, {"completed": DONE_COLOUR, "failed": FAILED_COLOUR}, gap=14.0)
    return figure


def _figure(label: str, height: float) -> tuple[Figure, Axes]:
    """Return an empty figure with what it shows in words, for those who do not see it; height [inch]."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(5.6, height), label=label)
        return figure, figure.add_axes((0.0, 0.0, 1.0, 1.0))


def _shares(label: str, x_name: str) -> tuple[Figure, Axes]:
    """Return a figure with an axis of shares from 0 to 100 %."""
    figure, axes = _figure(label, 2.2)
    axes.set(xlabel=x_name, ylabel="%", ylim=(-2, 102), yticks=(0, 25, 50, 75, 100))
    axes.spines["right"].set_visible(False)
    axes.grid(axis="y", color="#dddddd")
    return figure, axes


def _name(axes: Axes, x: float, y: float, name: str) -> None:
    """Write a name, in which nothing is a formula."""
    axes.text(x, y, name, weight="bold", parse_math=False, fontsize=9)


def _ink(colour: str) -> str:
    return "#1d2126" if colour in LIGHT else "#ffffff"


def _legend(figure: Figure, colours: dict[str, str], gap: float = 32.0) -> None:
    """Put coloured squares with names ``gap`` points below the axes; names may hold what looks like math."""
    names = [name if len(name) <= LONGEST else f"{name[: LONGEST - 3]}..." for name in colours]
    columns = max(1, LONGEST // max((len(name) + 6 for name in names), default=1))
    squares = [Patch(color=colour) for colour in colours.values()]
    below = -gap / (72.0 * figure.get_figheight())
    place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (-0.02, below)}
    legend = figure.axes[0].legend(squares, ["x"] * len(names), ncols=columns, frameon=False, **place)
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_parse_math(False)
        text.set_text(name)
