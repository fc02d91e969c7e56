"""What a report shows: runs grouped by protocol, with labels and colours that stay the same throughout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pushgrasp.evaluation.intervals import Mean, interquartile_mean
from pushgrasp.evaluation.metrics import Summary
from pushgrasp.evaluation.paired import fewer_motions, pairs
from pushgrasp.evaluation.protocols import METRICS, Protocol, protocol_named, protocols
from pushgrasp.evaluation.published import Published, published
from pushgrasp.evaluation.runs import Run
from pushgrasp.evaluation.table import brief, format_metric

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#555555")
"""Colours of the policies, told apart by colour-blind readers too (Okabe & Ito), then two more."""

MORE_METRICS = {
    "trial_s": "Seconds: simulated time of the actions of a completed trial [s].",
    "with_push": "With a push: trials completed with at least one push, of completed trials.",
    "push_number_all": "Pushes of a trial, completed or not.",
    "move_number_all": "Moves of a trial, completed or not.",
    "unreachable": "Unreachable: actions that were planned and that the rig could not carry out, of all actions.",
    "wrong_lifted": "Wrong object: grasps that lifted another object, of all grasps.",
    "simulated_s": "Simulated time: of an action [s].",
    "wall_s": "Wall time: per action [s], all worlds of a process together.",
    "pad_penetration_mm": "Pad penetration: deepest that a finger pad sinks into anything in an action [mm].",
    "deepest_pad_penetration_mm": "Deepest pad penetration: the largest of all actions [mm].",
}
"""Further fields of a summary that a report shows, and what they are."""

_SHORT = {
    "completion": "completion",
    "grasp_success": "grasps, completed trials,",
    "grasp_success_all": "grasps",
    "motion_number": "motions",
    "motion_number_all": "attempts, all trials,",
    "motion_efficiency_all": "motion efficiency",
    "declutter": "declutter",
}
"""Names of published values at a glance."""

_TELLING = {"task": "{}", "rig": "{} rig", "physics": "{}", "seed": "seed {}"}
"""Fields of a run that are added to the name of its policy where runs of a report differ in them, and how."""

_CONTENT = ("weights", "backbone", "scenes", "config")
"""Digests that are added where runs of the same name differ in them."""


@dataclass(frozen=True)
class Row:
    """One policy on one protocol."""

    label: str
    colour: str
    run: Run
    summary: Summary

    @property
    def causes(self) -> str:
        """How many trials failed for each cause, in words."""
        return ", ".join(f"{name} {count}" for name, count in self.summary.causes.items()) or "none"


@dataclass(frozen=True)
class Line:
    """A row of the table of metrics."""

    text: str
    """Name of the metric; often a colon and what it is."""
    own: list[str]
    """Value of each policy."""
    others: list[str]
    """Each of the published values."""
    main: bool = False
    """Whether the paper reports it."""


@dataclass(frozen=True)
class Section:
    """One protocol with all that was run on it."""

    protocol: Protocol
    rows: tuple[Row, ...]
    published: tuple[Published, ...]

    @property
    def metrics(self) -> list[tuple[str, str]]:
        """Fields of the summary to show and what they are, the paper's own first."""
        names = {**METRICS, **MORE_METRICS}
        others = [name for name in names if name not in self.protocol.metrics]
        hidden = set() if self.protocol.goal == "clear" else {"declutter"}
        return [(name, names[name]) for name in (*self.protocol.metrics, *others) if name not in hidden]

    @property
    def overview(self) -> tuple[str, ...]:
        """Fields of the summary by which protocols are compared at a glance."""
        return ("declutter" if self.protocol.goal == "clear" else "completion", "grasp_success_all", "motion_number")

    def at_a_glance(self, row: Row) -> str:
        """Return what a policy comes to, in a few numbers."""
        return "; ".join(brief(getattr(row.summary, name)) for name in self.overview)

    @property
    def printed(self) -> str:
        """What the paper prints of its own method, or nothing."""
        values = self.published[0].values if self.published else {}
        return ", ".join(f"{_SHORT[name]} {_printed(name, value)}" for name, value in values.items())

    @property
    def lines(self) -> list[Line]:
        """Rows of the table of metrics."""
        lines, blank = [], [""] * len(self.published)
        for name, text in self.metrics:
            own = [format_metric(getattr(row.summary, name)) for row in self.rows]
            others = [_printed(name, paper.values.get(name)) for paper in self.published]
            lines.append(Line(text, own, others, name in self.protocol.metrics))
        if len(self.rows) > 1:
            compared = f"actions of the policy less those of {self.rows[0].label}, over trials that both completed"
            saved = [format_metric(self.fewer_motions(row)) for row in self.rows]
            lines.append(Line(f"Actions saved: {compared}.", saved, blank))
        lost = [str(row.summary.objects_lost) for row in self.rows]
        faults = [f"{row.summary.faults} of {row.summary.trials}" for row in self.rows]
        lines.append(Line("Objects lost: off the table.", lost, blank))
        return [*lines, Line("Simulator faults: trials left out of everything above.", faults, blank)]

    @property
    def strips(self) -> list[tuple[str, Path]]:
        """Strips of pictures of a few trials of each policy, and what they show."""
        return [(f"{row.label}: {title}", path) for row in self.rows for title, path in strips(row)]

    def fewer_motions(self, row: Row) -> Mean | None:
        """Return how many actions less the first policy took than that of a row, on the same trials.

        None for the first policy itself, without trials that both completed, and for trials of other scenes.
        """
        first = self.rows[0]
        if row is first or self._difference(row) is not None:
            return None
        return fewer_motions(pairs(first.run.records, row.run.records))

    @property
    def notes(self) -> list[str]:
        """Sentences on which policies met the same scenes, and on scenes that were left out."""
        notes = [self._comparison(row) for row in self.rows[1:]]
        left_out = {row.label: row.run.info.left_out for row in self.rows}
        return notes + [
            f"{label}: bad scene files left out: {'; '.join(bad)}." for label, bad in left_out.items() if bad
        ]

    def _comparison(self, row: Row) -> str:
        """Return whether a row is compared with the first one trial by trial, as a sentence."""
        first, difference = self.rows[0].label, self._difference(row)
        if difference is None:
            return f"{row.label}: same scenes as {first}, compared trial by trial."
        return f"{row.label}: not compared trial by trial with {first}: {difference}."

    def _difference(self, row: Row) -> str | None:
        """Return why trials of a row are not of the same scenes as those of the first policy; None if they are."""
        first = self.rows[0].run
        if row.run.info.seed != first.info.seed:
            return "another seed"
        if not row.run.info.same_scenes(first.info):
            known = None not in (row.run.info.scenes, first.info.scenes)
            return "the scene files held other scenes" if known else "what the scene files held was not recorded"
        try:
            pairs(first.records, row.run.records)
        except ValueError as error:
            return str(error)
        return None


@dataclass(frozen=True)
class Report:
    """All that a report shows."""

    sections: tuple[Section, ...]
    policies: dict[str, str]
    """Colour of each label, in the order of the runs."""

    @property
    def by_objects(self) -> dict[str, list[Row]]:
        """Rows of each group of protocols in which the number of objects varies."""
        groups: dict[str, list[Row]] = {}
        for section in self.sections:
            groups.setdefault(section.protocol.group, []).extend(section.rows)
        counts = {name: {trial.objects for row in rows for trial in row.run.records} for name, rows in groups.items()}
        return {name: rows for name, rows in groups.items() if len(counts[name]) > 1}

    def row(self, section: Section, label: str) -> Row | None:
        """Return a policy's row on a protocol, None where it was not run."""
        return next((row for row in section.rows if row.label == label), None)

    def overall(self, label: str) -> Mean | None:
        """Return a policy's interquartile mean of completion over the protocols, None unless it ran on all."""
        rows = [self.row(section, label) for section in self.sections]
        if any(row is None for row in rows):
            return None
        cases = [[float(r.completed) for r in row.run.records if not r.fault] for row in rows if row is not None]
        return interquartile_mean(cases)


def _printed(name: str, value: float | None) -> str:
    """Return a published value as text."""
    if value is None:
        return ""
    return f"{value:.2f}" if name.startswith("motion_number") else f"{100 * value:.4g} %"


def build_report(runs: Sequence[Run]) -> Report:
    """Group runs by protocol, in the protocols' own order.

    Raises:
        ValueError: If there are none, or a protocol is unknown.
    """
    if not runs:
        raise ValueError("a report needs at least one run")
    labels = [_label(run, runs) for run in runs]
    colours = {label: COLOURS[i % len(COLOURS)] for i, label in enumerate(dict.fromkeys(labels))}
    grouped: dict[str, list[Row]] = {name: [] for name in protocols()}
    for run, label in zip(runs, labels, strict=True):
        protocol_named(run.info.protocol)
        grouped.setdefault(run.info.protocol, []).append(Row(label, colours[label], run, run.summary))
    order = list(colours)
    return Report(
        tuple(
            Section(
                protocol_named(name),
                tuple(sorted(rows, key=lambda row: order.index(row.label))),
                tuple(published(name)),
            )
            for name, rows in grouped.items()
            if rows
        ),
        colours,
    )


def _label(run: Run, runs: Sequence[Run]) -> str:
    """Name of the policy, with what else tells the run apart from others of the report."""
    parts, same = [run.info.policy], ["protocol", "policy", *_TELLING]
    for name, text in _TELLING.items():
        if len({getattr(other.info, name) for other in runs}) > 1:
            parts.append(text.format(getattr(run.info, name)))
    twins = [other for other in runs if all(getattr(other.info, name) == getattr(run.info, name) for name in same)]
    differing = [name for name in _CONTENT if len({getattr(twin.info, name) for twin in twins}) > 1]
    parts += [f"{name} {(getattr(run.info, name) or 'unknown')[:7]}" for name in differing]
    if sum(twin.info.identity == run.info.identity for twin in twins) > 1:
        parts.append(f"in {run.folder}")
    return ", ".join(parts)


def strips(row: Row, most: int = 3) -> list[tuple[str, Path]]:
    """Return up to ``most`` picture strips with what they show: a failed trial first, then completed ones."""
    found: list[tuple[str, Path]] = []
    for record in sorted(row.run.records, key=lambda record: (record.completed, record.trial)):
        path = row.run.folder / "pictures" / f"trial_{record.trial:04d}.png"
        if path.is_file():
            verdict = record.end if record.cause is None else f"failed: {record.cause}"
            found.append((f"trial {record.trial}, {record.objects} objects, {verdict}", path))
    failed = [item for item in found if "failed" in item[0]]
    done = [item for item in found if "failed" not in item[0]]
    return [*failed[: most - min(len(done), most - 1)], *done][:most]
