"""A report as one HTML page without any outside resource."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from pushgrasp.evaluation.intervals import Mean, Share
from pushgrasp.evaluation.report import charts
from pushgrasp.evaluation.report.contents import Report, Row, Section, strips
from pushgrasp.evaluation.report.markdown import metric_rows, paired_row
from pushgrasp.evaluation.report.template import PAGE, STYLE
from pushgrasp.evaluation.table import format_mean

DASH = "\N{EN DASH}"


def report_page(report: Report, title: str = "Push-grasp evaluation", now: datetime | None = None) -> str:
    """Return the page; ``now`` is what it says about when it was made (the present if None)."""
    made = (now or datetime.now(UTC)).strftime("%d %B %Y, %H:%M UTC")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.from_string(PAGE).render(
        title=title,
        style=Markup(STYLE),
        made=f"Made {made}",
        policies=[{"label": label, "colour": colour} for label, colour in report.policies.items()],
        overview=_overview(report),
        any_published=any(section.published for section in report.sections),
        by_objects=_by_objects(report),
        sections=[_section(section) for section in report.sections],
    )


def _overview(report: Report) -> list[dict[str, Any]]:
    lines = []
    for section in report.sections:
        found = [report.row(section, label) for label in report.policies]
        cells = [None if row is None else _glance(row) for row in found]
        name, description = section.protocol.name, section.protocol.description
        lines.append({"name": name, "description": description, "cells": cells, **_published(section)})
    if len(report.sections) > 1:
        means = [_percent_mean(report.overall(label), colour) for label, colour in report.policies.items()]
        text = f"over these {len(report.sections)} protocols, for policies that ran on all"
        blank = {"published": "", "published_motions": ""}
        lines.append({"name": "interquartile mean", "description": text, "cells": means, **blank})
    return lines


def _published(section: Section) -> dict[str, str]:
    """Return what the paper prints for its own method."""
    first = section.published[0] if section.published else None
    values = {} if first is None else first.values
    share, motions = values.get("completion"), values.get("motion_number")
    return {
        "published": "" if first is None or share is None else f"{100 * share:.4g} % ({first.method})",
        "published_motions": "" if motions is None else f"{motions:.2f}",
    }


def _glance(row: Row) -> dict[str, Any]:
    motions = row.summary.motion_number
    text = "" if motions is None else format_mean(motions).partition(" of ")[0]
    return {**_meter(row.summary.completion, row.colour), "motions": text}


def _meter(share: Share | None, colour: str) -> dict[str, Any]:
    if share is None:
        return {"text": DASH, "detail": "no trial", "low": None}
    return _bar(share.value, share.low, share.high, f"of {share.base} trials", colour)


def _percent_mean(mean: Mean | None, colour: str) -> dict[str, Any] | None:
    if mean is None or mean.low is None or mean.high is None:
        return None
    return {**_bar(mean.value, mean.low, mean.high, f"of {mean.base} protocols", colour), "motions": ""}


def _bar(value: float, low: float, high: float, base: str, colour: str) -> dict[str, Any]:
    numbers = {"value": round(100 * value, 2), "low": round(100 * low, 2), "high": round(100 * high, 2)}
    detail = f"[{100 * low:.1f}, {100 * high:.1f}] {base}"
    return {"text": f"{100 * value:.1f} %", "detail": detail, "colour": colour, **numbers}


def _by_objects(report: Report) -> list[tuple[str, Markup]]:
    """Return a figure for each group of protocols in which the number of objects varies."""
    groups: dict[str, list[Row]] = {}
    for section in report.sections:
        groups.setdefault(section.protocol.group, []).extend(section.rows)
    figures = []
    for group, rows in groups.items():
        counts = {record.objects for row in rows for record in row.run.records}
        if len(counts) > 1:
            figures.append((group, Markup(charts.success_by_objects(rows))))
    return figures


def _section(section: Section) -> dict[str, Any]:
    protocol = section.protocol
    return {
        "anchor": re.sub(r"[^\w-]+", "-", protocol.name),
        "name": protocol.name,
        "description": protocol.description,
        "target": protocol.target,
        "rule": protocol.rule.describe(),
        "source": protocol.source,
        "rows": [_row(row) for row in section.rows],
        "others": [{"method": other.method, "source": other.source} for other in section.published],
        "lines": _lines(section),
        "notes": section.notes,
        "causes": Markup(charts.cause_bars(section.rows)),
        "within": Markup(charts.success_by_actions(section.rows)),
        "counts": [Markup(charts.action_counts(row)) for row in section.rows],
        "strips": [strip for row in section.rows for strip in _strips(row)],
    }


def _row(row: Row) -> dict[str, Any]:
    info = row.run.info
    return {
        "label": row.label,
        "colour": row.colour,
        "seed": info.seed,
        "rig": info.rig,
        "physics": info.physics,
        "commit": (info.git_commit or DASH)[:12] + ("-dirty" if (info.git_commit or "").endswith("-dirty") else ""),
        "weights": info.weights[:12] if info.weights else "",
        "config": info.config[:12],
        "command": info.command,
    }


def _lines(section: Section) -> list[dict[str, Any]]:
    """Return the rows of the table of metrics."""
    lines = []
    for (field, _), (text, own, others) in zip(section.metrics, metric_rows(section), strict=True):
        name, _, meaning = text.rstrip(".").partition(": ")
        main = field in section.protocol.metrics
        lines.append({"name": name, "text": meaning, "cells": _cells(own), "others": others, "main": main})
    blank = [""] * len(section.published)
    if len(section.rows) > 1:
        text, own = paired_row(section)
        name, _, meaning = text.rstrip(".").partition(": ")
        lines.append({"name": name, "text": meaning, "cells": _cells(own), "others": blank, "main": False})
    lost = _cells([str(row.summary.objects_lost) for row in section.rows])
    faults = _cells([f"{row.summary.faults} of {row.summary.trials}" for row in section.rows])
    lines.append({"name": "Objects lost", "text": "off the table", "cells": lost, "others": blank, "main": False})
    text = "left out of everything above"
    lines.append({"name": "Simulator faults", "text": text, "cells": faults, "others": blank, "main": False})
    return lines


def _cells(values: Sequence[str]) -> list[dict[str, str]]:
    """Split ``87.5 % [63.9, 96.5] of 16`` into the value and the rest."""
    cells = []
    for value in values:
        head, bracket, rest = value.partition(" [")
        cells.append({"text": DASH if value == "-" else head, "detail": f"[{rest}" if bracket else ""})
    return cells


def _strips(row: Row) -> list[dict[str, str]]:
    return [{"title": f"{row.label}: {title}", "data": _data_uri(path)} for title, path in strips(row)]


def _data_uri(path: Path) -> str:
    return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"
