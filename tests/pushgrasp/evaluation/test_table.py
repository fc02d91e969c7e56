"""The table that compares policies."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

from pushgrasp.console import Console
from pushgrasp.evaluation.intervals import Mean, Share
from pushgrasp.evaluation.metrics import Summary, summarise
from pushgrasp.evaluation.table import comparison_table, format_mean, format_metric, format_share, summary_line

NOTHING = summarise([])
GOOD = replace(
    NOTHING,
    trials=16,
    faults=1,
    completion=Share(0.875, 0.6392, 0.9650, 16),
    grasp_success=Share(0.5, 0.25, 0.75, 28),
    with_push=Share(4 / 7, 0.3259, 0.7862, 14),
    motion_number=Mean(3.456, 3.0, 4.0, 14),
    trial_s=Mean(16.62, 15.0, 18.0, 14),
    objects_lost=2,
)


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
    assert trained == [
        "trained",
        "87.5 % [63.9, 96.5] of 16",
        "8 of 14",
        "50.0 % [25.0, 75.0] of 28",
        "3.46",
        "16.6",
        "2",
        "1",
    ]
    assert random == ["random", "-", "-", "-", "-", "-", "0", "0"]


def test_means_show_interval_and_base() -> None:
    assert format_mean(GOOD.motion_number) == "3.46 [3.00, 4.00] of 14"
    assert format_mean(Mean(7.0, None, None, 1)) == "7.00 of 1"
    assert format_mean(None) == "-"


def test_any_metric() -> None:
    assert format_metric(GOOD.completion) == format_share(GOOD.completion)
    assert format_metric(GOOD.motion_number) == format_mean(GOOD.motion_number)
    assert (format_metric(1.234), format_metric(None)) == ("1.23", "-")


def test_undefined_means_are_dashes_in_the_last_line() -> None:
    line = summary_line("P1/case1 zero", NOTHING)
    assert line.startswith(
        "P1/case1 zero: completion -, grasp success -, with a push -, motion number -, seconds -, pushes -"
    )
    assert line.endswith("faults 0 of 0 trials")
