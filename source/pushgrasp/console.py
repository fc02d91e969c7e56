"""Where everything that a person reads goes: names stay as they are, and tables can be read by other programs."""

from __future__ import annotations

from typing import IO, Any

from rich import console
from rich.cells import cell_len
from rich.status import Status
from rich.table import Column, Table
from rich.text import Text

GAP = "  "
"""Between two columns of a plain table."""

LONGEST_WORD, LONGEST_LINE = 250, 1000
"""Characters of a word and of a line of a message at most."""


class Console(console.Console):
    """Rich's console without markup, so that no name is taken for it, and without line breaks of its own."""

    def __init__(
        self, file: IO[str] | None = None, stderr: bool = False, quiet: bool = False, width: int | None = None
    ) -> None:
        """Write to ``file``, else to stderr or stdout; ``width`` is that of tables on a terminal."""
        plain: dict[str, Any] = {"markup": False, "emoji": False, "highlight": False, "soft_wrap": True}
        super().__init__(file=file, stderr=stderr, quiet=quiet, width=width, **plain)

    @property
    def is_screen(self) -> bool:
        """Whether somebody looks at it: a terminal that can move its cursor."""
        return self.file.isatty() and not self.is_dumb_terminal

    def render_str(self, text: str, *args: Any, **kwargs: Any) -> Text:  # noqa: ANN401
        """As rich does, with whatever a terminal cannot show written as an escape sequence."""
        return super().render_str("\n".join(map(printable, text.split("\n"))), *args, **kwargs)

    def status(self, status: console.RenderableType, **kwargs: Any) -> Status:  # noqa: ANN401
        """As rich does, with a spinner that the terminal's encoding has."""
        kwargs.setdefault("spinner", "line" if self.options.ascii_only else "dots")
        return super().status(status, **kwargs)

    def on_broken_pipe(self) -> None:
        """Leave it to the script what happens when nobody reads any more."""
        raise

    def table(self, table: Table) -> None:
        """Write a table: with lines on a screen, elsewhere as plain text with each row in one line."""
        self.print(table if self.is_screen else plain_table(table))


def printable(text: str) -> str:
    r"""Return text with control characters and the like written as ``\x1b``, so that it stays in one line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shortened(text: str) -> str:
    """Return text in one line, without the middle of words and lines that nobody would read to their end."""
    words = (_without_middle(word, LONGEST_WORD) for word in text.split())
    return _without_middle(" ".join(words), LONGEST_LINE)


def _without_middle(text: str, most: int) -> str:
    half = (most - 3) // 2
    return text if len(text) <= most else f"{text[:half]}...{text[-half:]}"


def plain_table(table: Table) -> str:
    """Return a table as text: title, heads, one line per row, caption."""
    columns = [_padded(column) for column in table.columns]
    rows = [GAP.join(row).rstrip() for row in zip(*columns, strict=True)]
    return "\n".join(line for line in (str(table.title or ""), *rows, str(table.caption or "")) if line)


def _padded(column: Column) -> list[str]:
    """Head and cells of a column, all equally wide."""
    texts = [printable(str(cell)) for cell in (column.header, *column.cells)]
    width = max(map(cell_len, texts))
    fill = [" " * (width - cell_len(text)) for text in texts]
    return [
        space + text if column.justify == "right" else text + space for text, space in zip(texts, fill, strict=True)
    ]
