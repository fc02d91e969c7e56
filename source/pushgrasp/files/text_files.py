"""Text files that users bring."""

from __future__ import annotations

import codecs
from pathlib import Path

SHOWN = 5
"""So many faults of a file the message of an error lists."""

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # begins with the mark of UTF-16
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Encodings by the byte order marks that files of Windows programs begin with."""


LONGEST = 40
"""Longest piece of a file that a message quotes whole [characters]."""


def without_end(text: str) -> str:
    """Return a piece of a file as messages quote it, the end of a long one left out."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


class FileError(ValueError):
    """A file that cannot be used.

    Attributes:
        faults: All that is wrong with it, one line each, which say where.
    """

    def __init__(self, *faults: str) -> None:
        """Collect faults; the message lists the first :data:`SHOWN`."""
        self.faults = faults
        more = f" (and {len(faults) - SHOWN} more)" if len(faults) > SHOWN else ""
        super().__init__(f"{'; '.join(faults[:SHOWN])}{more}")


def fault_lines(path: Path, error: FileError | OSError, most: int = 20) -> list[str]:
    """Return what is wrong with a file, one line for each of its first faults, and how many more there are."""
    if isinstance(error, OSError):
        return [f"{path}: {error.strerror}"]
    more = len(error.faults) - most
    return [*error.faults[:most], *([f"{path}: and {more} more faults"] if more > 0 else [])]


def read_text(path: Path) -> str:
    """Read UTF-8, or the Unicode that a byte order mark at the file's beginning tells.

    Raises:
        FileError: If it is no such text; the message names file and line.
        OSError: If the file cannot be read.
    """
    return decoded(path.read_bytes(), str(path))


def decoded(content: bytes, where: str) -> str:
    """Return the text of a file's bytes (:func:`read_text`); ``where`` is what messages call the file.

    Raises:
        FileError: If it is no text; the message names file and line.
    """
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileError(f"{where}:{line}: no {encoding.removesuffix('-sig').upper()} text: {error.reason}") from None
    if "\0" in text:
        raise FileError(f"{where}:{text.count('\n', 0, text.index('\0')) + 1}: no text: holds a NUL character")
    return text
