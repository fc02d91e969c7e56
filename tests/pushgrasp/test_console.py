"""What a person reads: names as they are, tables that grep can read."""

from __future__ import annotations

import io
import os
import pty
import re

import pytest
from rich.table import Table

from pushgrasp.console import Console, printable

NAMES = ("exp[v2]", "a[/b]", "[red]x", ":smile:", "[link=x]y")
LONG = "a_name_that_is_far_longer_than_eighty_columns_" * 3


def table(*names: str) -> Table:
    made = Table("name", "number", title="[title]", caption="caption")
    made.columns[1].justify = "right"
    for number, name in enumerate(names):
        made.add_row(name, str(10**number))
    return made


def piped(*things: Table | str) -> str:
    """What reaches a program behind a pipe."""
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, encoding="utf-8"))
    for thing in things:
        console.table(thing) if isinstance(thing, Table) else console.print(thing)
    console.file.flush()
    return raw.getvalue().decode()


def on_a_terminal(thing: Table | str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What reaches a terminal."""
    monkeypatch.setenv("TERM", "xterm")
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as file:
        console = Console(file=file, width=200)
        console.table(thing) if isinstance(thing, Table) else console.print(thing)
        file.flush()
        text = os.read(ours, 100_000).decode()
    os.close(ours)
    return text


@pytest.mark.parametrize("name", NAMES)
def test_names_are_no_markup(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert piped(f"Run folder: {name} 12") == f"Run folder: {name} 12\n"
    assert name in piped(table(name)).splitlines()[2]
    for shown in (on_a_terminal(table(name), monkeypatch), on_a_terminal(name, monkeypatch)):
        assert name in shown


def test_piped_table_has_one_line_per_row() -> None:
    lines = piped(table("a", LONG)).splitlines()
    wide = len(LONG)
    assert lines == [
        "[title]",
        f"{'name':<{wide}}  number",
        f"{'a':<{wide}}       1",
        f"{LONG}      10",
        "caption",
    ]


def test_colours_that_are_forced_do_not_break_piped_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    assert f"{LONG}       1" in piped(table(LONG)).splitlines()


def test_dumb_terminal_gets_plain_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "┃" in on_a_terminal(table("a"), monkeypatch)
    monkeypatch.setattr(Console, "is_dumb_terminal", True)
    assert "┃" not in on_a_terminal(table("a"), monkeypatch)


def test_no_color_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[349]\d", on_a_terminal(table("a"), monkeypatch))


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\nb", "a\\nb"), ("a\x1b[2Jb", "a\\x1b[2Jb"), ("a\rb\tc", "a\\rb\\tc"), ("\udcff", "\\udcff"), ("ü 手", "ü 手")],
)
def test_control_characters_stay_in_their_row(name: str, shown: str) -> None:
    assert printable(name) == shown
    assert piped(table(name, "next")).splitlines()[2].split("  ")[0] == shown


def test_lines_keep_their_own_breaks() -> None:
    assert piped("one\ntwo \x1b[2J") == "one\ntwo \\x1b[2J\n"
