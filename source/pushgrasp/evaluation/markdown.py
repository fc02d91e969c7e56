"""Markdown in which names stay what they are: a name may hold anything that a file's name may."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~&$]")
"""Characters that begin something in Markdown (CommonMark, GitHub's tables, strikethrough and formulas)."""

_LIST = re.compile(r"^(\d*)([-+.)=])")
"""What makes a line a list or a heading where it begins with it."""


def escaped(text: str) -> str:
    """Return Markdown, on one line, that shows a text as it is."""
    line = " ".join(text.split())
    return _LIST.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", line))


def code(text: str) -> str:
    """Return Markdown, on one line, that shows a text as code."""
    line = " ".join(text.split())
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}"


def table(lines: Sequence[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already; the first line is the head."""
    head, *body = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([head, "|" + "---|" * len(lines[0]), *body])
