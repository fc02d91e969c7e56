"""The tables of a report as Markdown."""

from __future__ import annotations

from pushgrasp.evaluation.markdown import code, escaped, table
from pushgrasp.evaluation.metrics import Summary
from pushgrasp.evaluation.report.contents import Report, Section
from pushgrasp.evaluation.table import UNDEFINED, format_mean, format_metric, format_share

PUBLISHED_NOTE = (
    "Columns headed *published* are what papers print, measured in their own simulators on their own scenes; "
    "they are no results of this project."
)


def report_markdown(report: Report) -> str:
    """Return the whole report but its figures and pictures."""
    parts = ["# Evaluation", PUBLISHED_NOTE, _overview(report)]
    for section in report.sections:
        parts += [f"## {escaped(section.protocol.name)}", _rules(section), _table(section), _causes(section)]
        parts += [*_notes(section), _commands(section)]
    return "\n\n".join(parts) + "\n"


def metric_rows(section: Section) -> list[tuple[str, list[str], list[str]]]:
    """Return for each metric its name, the policies' values and the published ones, as text."""
    rows = []
    for name, text in section.metrics:
        own = [format_metric(getattr(row.summary, name)) for row in section.rows]
        others = [_published(name, row.values.get(name)) for row in section.published]
        rows.append((text, own, others))
    return rows


def paired_row(section: Section) -> tuple[str, list[str]]:
    """Return what the comparison trial by trial is, and its values, as text."""
    text = (
        f"Actions saved: actions of the policy less those of {section.rows[0].label}, over trials that both completed."
    )
    return text, [format_mean(section.fewer_motions(row)) for row in section.rows]


def _published(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if name.startswith("motion_number") else f"{100 * value:.4g} %"


def _overview(report: Report) -> str:
    labels = list(report.policies)
    lines = [["protocol", *map(escaped, labels)]]
    for section in report.sections:
        found = [report.row(section, label) for label in labels]
        lines.append([escaped(section.protocol.name), *("" if r is None else _glance(r.summary) for r in found)])
    if len(report.sections) > 1:
        means = [format_mean(report.overall(label)) for label in labels]
        lines.append(["interquartile mean of completion", *means])
    return "Completion of each policy, then its motion number, over completed trials:\n\n" + table(lines)


def _glance(summary: Summary) -> str:
    return f"{format_share(summary.completion)}; {format_mean(summary.motion_number)}"


def _rules(section: Section) -> str:
    protocol = section.protocol
    return (
        f"{protocol.description}. Target: {protocol.target}. A trial ends after {protocol.rule.describe()}.\n"
        f"From {protocol.source}."
    )


def _table(section: Section) -> str:
    heads = [escaped(row.label) for row in section.rows]
    others = [f"published: {row.method} ({row.source})" for row in section.published]
    lines = [["metric", *heads, *others]]
    lines += [[text, *own, *found] for text, own, found in metric_rows(section)]
    if len(section.rows) > 1:
        text, own = paired_row(section)
        lines.append([escaped(text), *own, *("" for _ in others)])
    lines.append(["Objects lost.", *(str(row.summary.objects_lost) for row in section.rows), *("" for _ in others)])
    faults = [f"{row.summary.faults} of {row.summary.trials}" for row in section.rows]
    lines.append(["Trials lost to simulator faults.", *faults, *("" for _ in others)])
    return table(lines)


def _causes(section: Section) -> str:
    lines = []
    for row in section.rows:
        causes = ", ".join(f"{name} {count}" for name, count in row.summary.causes.items()) or "none"
        lines.append(f"- {escaped(row.label)}, causes of failure: {causes}")
    return "\n".join(lines)


def _notes(section: Section) -> list[str]:
    return ["\n".join(f"- {escaped(note)}" for note in section.notes)] if section.notes else []


def _commands(section: Section) -> str:
    lines = []
    for row in section.rows:
        info = row.run.info
        commit = escaped(info.git_commit or UNDEFINED)
        lines.append(f"- {escaped(row.label)} (seed {info.seed}, commit {commit}): {code(info.command)}")
    return "\n".join(lines)
