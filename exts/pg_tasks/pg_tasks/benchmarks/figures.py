"""Measured figures against their targets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table
from rich.text import Text


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        benchmark: Which benchmark it comes from.
        name: What was measured.
        value: The result; NaN counts as a miss.
        unit: Its unit.
        at_least: Target, if a lower bound.
        at_most: Target, if an upper bound. Without either bound the figure is information only.
    """

    benchmark: str
    name: str
    value: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.at_least is None and self.at_most is None:
            return None
        low = -math.inf if self.at_least is None else self.at_least
        high = math.inf if self.at_most is None else self.at_most
        return low <= self.value <= high

    @property
    def target(self) -> str:
        """The target as text."""
        if self.at_least is not None:
            return f">= {self.at_least:g} {self.unit}".rstrip()
        return f"<= {self.at_most:g} {self.unit}".rstrip() if self.at_most is not None else ""

    def as_dict(self) -> dict[str, Any]:
        """Return the figure for a JSON file."""
        return {**asdict(self), "met": self.met}


def all_met(figures: Sequence[Figure]) -> bool:
    """Whether no target is missed."""
    return all(figure.met is not False for figure in figures)


def to_table(figures: Sequence[Figure]) -> Table:
    """Return the figures as a table with measured value and target."""
    table = Table("benchmark", "figure", "measured", "target", "")
    for figure in figures:
        verdict = {True: Text("ok", "green"), False: Text("missed", "red"), None: ""}[figure.met]
        measured = f"{figure.value:.4g} {figure.unit}".rstrip()
        table.add_row(figure.benchmark, figure.name, measured, figure.target, verdict)
    return table
