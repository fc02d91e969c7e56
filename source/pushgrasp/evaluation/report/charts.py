"""Figures of a report as SVG text that scales with the page."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from html import escape

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
DONE_COLOUR = "#4d9a5b"

WIDTH, LEFT, RIGHT = 560, 44, 14
"""Width of a figure and its margins [units of the figure]."""


def _svg(height: float, body: str, label: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(label)}" '
        f'xmlns="http://www.w3.org/2000/svg">{body}</svg>'
    )


def _text(x: float, y: float, text: str, anchor: str = "start", kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1.0) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width:g}"/>'


def _box(x: float, y: float, width: float, height: float, colour: str, tip: str) -> str:
    size = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"'
    return f'<rect {size} fill="{colour}"><title>{escape(tip)}</title></rect>'


def cause_bars(rows: Sequence[Row]) -> str:
    """Return one bar per policy: the shares of completed trials and of each cause of failure."""
    parts, y, span = [], 6.0, WIDTH - LEFT - RIGHT
    for row in rows:
        trials, counts = max(row.summary.trials, 1), row.summary.causes
        done = sum(record.completed and not record.fault for record in row.run.records)
        parts.append(_text(LEFT, y + 12, f"{row.label}, {row.summary.trials} trials", kind="strong"))
        x = float(LEFT)
        pieces = [("completed", done, DONE_COLOUR), *((c, counts.get(c, 0), CAUSE_COLOURS[c]) for c in CAUSES)]
        for name, count, colour in pieces:
            width = span * count / trials
            parts.append(_box(x, y + 18, width, 20, colour, f"{name}: {count} of {trials}"))
            if width > 22:
                light = colour in ("#fddbc7", "#bdbdbd", "#ef8a62", "#67a9cf")
                parts.append(_text(x + width / 2, y + 32, str(count), "middle", "dark" if light else "light"))
            x += width
        y += 50
    used = {name for row in rows for name in row.summary.causes}
    items = [("completed", DONE_COLOUR), *((name, CAUSE_COLOURS[name]) for name in CAUSES if name in used)]
    legend, height = _legend(items, y + 8)
    return _svg(height, "".join(parts) + legend, "completed trials and causes of failure")


def _legend(items: Sequence[tuple[str, str]], y: float) -> tuple[str, float]:
    """Return coloured squares with names, and where the next line would begin."""
    parts, x = [], float(LEFT)
    for name, colour in items:
        width = 34 + 8.2 * len(name)
        if x + width > WIDTH:
            x, y = float(LEFT), y + 19
        parts.append(_box(x, y, 11, 11, colour, name) + _text(x + 16, y + 10, name))
        x += width
    return "".join(parts), y + 20


def _frame(top: float, bottom: float, x_name: str, ticks: Sequence[tuple[float, str]]) -> str:
    """Return axes of shares from 0 to 100 %, and marks below at positions with names."""
    parts = []
    for percent in (0, 25, 50, 75, 100):
        y = bottom - (bottom - top) * percent / 100
        parts.append(_line(LEFT, y, WIDTH - RIGHT, y, "#dddddd") + _text(LEFT - 6, y + 4, str(percent), "end"))
    parts += [_line(x, bottom, x, bottom + 4, "#999999") + _text(x, bottom + 17, name, "middle") for x, name in ticks]
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, bottom + 34, x_name, "middle"))
    return "".join(parts) + _text(LEFT - 6, top - 12, "%", "end")


def success_by_actions(rows: Sequence[Row]) -> str:
    """Return the share of trials that were completed within 1, 2, 3, ... actions."""
    limit = max((len(record.actions) for row in rows for record in row.run.records), default=1)
    top, bottom, step = 30.0, 206.0, (WIDTH - LEFT - RIGHT) / limit
    stride = max(1, math.ceil(limit / 12))
    ticks = [(LEFT + step * count, str(count)) for count in range(stride, limit + 1, stride)]
    parts = [_frame(top, bottom, "completed within so many actions", ticks)]
    for row in rows:
        points = [(float(LEFT), bottom)]
        shares = [success_within(row.run.records, count) for count in range(1, limit + 1)]
        for count, found in enumerate(shares, 1):
            if found is None:  # no trial without a fault
                continue
            y = bottom - (bottom - top) * found.value
            points += [(LEFT + step * count, points[-1][1]), (LEFT + step * count, y)]
        if len(points) > 1:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            parts.append(f'<polyline points="{path}" fill="none" stroke="{row.colour}" stroke-width="2.5"/>')
    legend, height = _legend([(row.label, row.colour) for row in rows], bottom + 46)
    return _svg(height, "".join(parts) + legend, "completed trials by number of actions")


def success_by_objects(rows: Sequence[Row]) -> str:
    """Return completion against the number of objects in the scene, with 95 % Wilson intervals.

    ``rows`` may be of several protocols; those of the same label are taken together.
    """
    series: dict[str, tuple[str, list[TrialRecord]]] = {}
    for row in rows:
        series.setdefault(row.label, (row.colour, []))[1].extend(row.run.records)
    counts = sorted({record.objects for _, records in series.values() for record in records})
    top, bottom, step = 30.0, 206.0, (WIDTH - LEFT - RIGHT) / max(len(counts), 1)
    places = {count: LEFT + step * (index + 0.5) for index, count in enumerate(counts)}
    parts = [_frame(top, bottom, "objects in the scene", [(places[count], str(count)) for count in counts])]
    for index, (colour, records) in enumerate(series.values()):
        shift = min(9.0, 0.5 * step / len(series)) * (index - (len(series) - 1) / 2)
        parts.append(_intervals(colour, records, {n: x + shift for n, x in places.items()}, top, bottom))
    legend, height = _legend([(label, colour) for label, (colour, _) in series.items()], bottom + 46)
    return _svg(height, "".join(parts) + legend, "completion by number of objects")


def _intervals(colour: str, records: Sequence[TrialRecord], places: dict[int, float], top: float, bottom: float) -> str:
    """Return a dot with its interval at each number of objects, joined by a line."""
    parts, points, scale = [], [], bottom - top
    for count, x in places.items():
        valid = [record for record in records if record.objects == count and not record.fault]
        found = share(sum(record.completed for record in valid), len(valid))
        if found is not None:
            y = bottom - scale * found.value
            points.append(f"{x:.1f},{y:.1f}")
            parts.append(_line(x, bottom - scale * found.low, x, bottom - scale * found.high, colour, 1.5))
            tip = f"{count} objects: {100 * found.value:.1f} % of {found.base}"
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"><title>{tip}</title></circle>')
    joined = " ".join(points)
    return f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="1" opacity="0.5"/>{"".join(parts)}'


def action_counts(row: Row) -> str:
    """Return how many trials took 1, 2, 3, ... actions, completed ones apart from failed ones."""
    records = row.run.records
    done = Counter(len(record.actions) for record in records if record.completed)
    failed = Counter(len(record.actions) for record in records if not record.completed)
    limit = max((*done, *failed), default=1)
    highest = max((done[n] + failed[n] for n in range(1, limit + 1)), default=1) or 1
    top, bottom, step = 22.0, 110.0, (WIDTH - LEFT - RIGHT) / limit
    parts, stride = [_line(LEFT, bottom, WIDTH - RIGHT, bottom, "#999999")], max(1, math.ceil(limit / 12))
    for count in range(1, limit + 1):
        x, y = LEFT + step * (count - 1) + 0.1 * step, bottom
        for number, colour, name in ((done[count], DONE_COLOUR, "completed"), (failed[count], "#b2182b", "failed")):
            height = (bottom - top) * number / highest
            y -= height
            parts.append(_box(x, y, 0.8 * step, height, colour, f"{count} actions: {number} {name}"))
        if count % stride == 0 or count == 1:
            parts.append(_text(x + 0.4 * step, bottom + 15, str(count), "middle"))
    text = f"trials by number of actions (highest bar {highest})" if records else "no trials"
    parts.append(_text(LEFT, 14, f"{row.label}: {text}", kind="strong"))
    legend, height = _legend([("completed", DONE_COLOUR), ("failed", "#b2182b")], bottom + 24)
    return _svg(height, "".join(parts) + legend, f"actions per trial of {row.label}")
