"""The table that compares policies."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from pushgrasp.evaluation.metrics import Share, Summary
from pushgrasp.evaluation.table import comparison_table, format_share

GOOD = Summary(
    trials=16,
    faults=1,
    completion=Share(0.875, 0.6392, 0.9650, 16),
    grasp_success=Share(0.5, 0.25, 0.75, 28),
    grasp_success_all=None,
    motion_number=3.456,
    motion_number_all=4.0,
    objects_lost=2,
)
NOTHING = Summary(0, 0, None, None, None, None, None, 0)


def rendered(summaries: dict[str, Summary]) -> list[list[str]]:
    """Cells of each row, as text."""
    console = Console(file=StringIO(), width=200)
    console.print(comparison_table(summaries, "title"))
    lines = console.file.getvalue().splitlines()
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if line.startswith("│")]


def test_share_is_a_percentage_with_interval_and_base() -> None:
    assert format_share(GOOD.completion) == "87.5 % [63.9, 96.5] of 16"


def test_undefined_share_is_a_dash() -> None:
    assert format_share(None) == "-"


def test_table_has_one_row_per_policy() -> None:
    trained, random = rendered({"trained": GOOD, "random": NOTHING})
    assert trained == ["trained", "87.5 % [63.9, 96.5] of 16", "50.0 % [25.0, 75.0] of 28", "3.46", "2", "1"]
    assert random == ["random", "-", "-", "-", "0", "0"]
