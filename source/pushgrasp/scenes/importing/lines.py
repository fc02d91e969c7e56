"""Lines of the field's text formats as numbers and names."""

import re
from dataclasses import dataclass
from math import isfinite

from pushgrasp.files.text_files import FileError, without_end
from pushgrasp.scenes.importing.dialects import COLUMNS

_TEXTS = ("name", "mesh")
_ANGLES = ("alpha", "beta", "gamma")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


class ImportFailedError(FileError):
    """A file that cannot be imported; the text says where and why."""


@dataclass(frozen=True)
class Line:
    """One object of a text file.

    Attributes:
        place: File and line number, for messages.
        name: The object's name; empty where the format has none.
        mesh: Its mesh; empty in a list of names.
        colour: RGB, 0 to 1; empty where the format has none.
        position: As written (x, y, z) [m]; empty in a list of names.
        angles: As written [rad].
    """

    place: str
    name: str = ""
    mesh: str = ""
    colour: tuple[float, ...] = ()
    position: tuple[float, ...] = ()
    angles: tuple[float, ...] = ()


def parse_lines(text: str, where: str, columns: tuple[int, ...]) -> list[Line]:
    """Parse a file.

    Args:
        text: Its content; blank lines are skipped.
        where: What messages call it.
        columns: Numbers of columns that the format may have; the first line settles it.

    Raises:
        ImportFailedError: Naming file, lines and what is expected there, if lines are malformed or there is none.
    """
    rows = [(f"{where}:{i}", words) for i, line in enumerate(text.splitlines(), 1) if (words := line.split())]
    if not rows:
        raise ImportFailedError(f"{where}: holds no lines; expected {_expected(columns)}")
    if len(rows[0][1]) in columns:
        columns = (len(rows[0][1]),)
    faults = [fault for place, words in rows for fault in _faults(place, words, columns)]
    if faults:
        raise ImportFailedError(*faults)
    return [_parse_line(place, words) for place, words in rows]


def _faults(place: str, words: list[str], columns: tuple[int, ...]) -> list[str]:
    """What is wrong with a line."""
    if len(words) not in columns:
        return [f"{place}: {len(words)} columns; expected {_expected(columns)}"]
    numbers = {name: word for name, word in zip(COLUMNS[len(words)], words, strict=True) if name not in _TEXTS}
    faults = [f"{place}: column {name}: {_refused(word)}" for name, word in numbers.items() if not _is_number(word)]
    colour = [numbers[c] for c in "rgb" if c in numbers and _is_number(numbers[c])]
    if not all(0.0 <= float(word) <= 1.0 for word in colour):
        faults.append(f"{place}: colour {' '.join(colour)}: r, g and b must be 0 to 1")
    return faults


def _parse_line(place: str, words: list[str]) -> Line:
    texts = {name: word for name, word in zip(COLUMNS[len(words)], words, strict=True)}
    numbers = {name: float(word) for name, word in texts.items() if name not in _TEXTS}
    colour, position, angles = (tuple(numbers[c] for c in part if c in numbers) for part in ("rgb", "xyz", _ANGLES))
    return Line(place, texts.get("name", ""), texts.get("mesh", ""), colour, position, angles)


def _is_number(word: str) -> bool:
    """Whether a word is a finite number as the formats write them; Python also takes `1_000`."""
    return bool(_NUMBER.fullmatch(word)) and isfinite(float(word))


def _refused(word: str) -> str:
    hint = "; decimals have a point" if _is_number(word.replace(",", ".")) else ""
    return f"{shown(word)} is not a finite number{hint}"


def _expected(columns: tuple[int, ...]) -> str:
    return " or ".join(f"{count} ({' '.join(COLUMNS[count])})" for count in columns)


def shown(word: str) -> str:
    """Return a word of a file as messages show it, the end of a long one left out."""
    return repr(without_end(word))
