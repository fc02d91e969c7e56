"""A report as one HTML page without any outside resource, and its tables as Markdown; the templates lie beside."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pushgrasp.evaluation.markdown import code, escaped
from pushgrasp.evaluation.report import charts
from pushgrasp.evaluation.report.contents import Report
from pushgrasp.evaluation.table import format_metric


def report_page(report: Report, title: str = "Push-grasp evaluation", now: datetime | None = None) -> str:
    """Return the page; ``now`` is what it says about when it was made (the present if None)."""
    made = (now or datetime.now(UTC)).strftime("%d %B %Y, %H:%M UTC")
    filters = {"svg": charts.svg, "anchor": _anchor, "data_uri": _data_uri}
    return _rendered("page.html.jinja", filters, report=report, title=title, made=made, charts=charts)


def report_markdown(report: Report) -> str:
    """Return the whole report but its figures and pictures."""
    return _rendered("tables.md.jinja", {"shown": escaped, "code": code}, report=report)


def _rendered(name: str, filters: dict[str, Any], **values: object) -> str:
    """Fill a template in; values are escaped in HTML, and in Markdown where it says so."""
    options: dict[str, Any] = {"trim_blocks": True, "undefined": StrictUndefined, "keep_trailing_newline": True}
    loader = PackageLoader("pushgrasp.evaluation.report")
    environment = Environment(loader=loader, autoescape=name.startswith("page"), **options)
    environment.filters |= {"metric": format_metric, **filters}
    return environment.get_template(name).render(values)


def _anchor(name: str) -> str:
    return re.sub(r"[^\w-]+", "-", name)


def _data_uri(path: Path) -> str:
    return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"
