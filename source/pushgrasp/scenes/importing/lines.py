"""Lines of the field's text formats as numbers and names."""

from dataclasses import dataclass
from math import isfinite

from pushgrasp.scenes.importing.dialects import COLUMNS


class ImportFailedError(ValueError):
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
        ImportFailedError: Naming file and line and what is expected there, if a line is malformed or there is none.
    """
    rows = [(f"{where}:{i}", words) for i, line in enumerate(text.splitlines(), 1) if (words := line.split())]
    if not rows:
        raise ImportFailedError(f"{where}: holds no lines; expected {_expected(columns)}")
    if len(rows[0][1]) in columns:
        columns = (len(rows[0][1]),)
    return [_parse_line(place, words, columns) for place, words in rows]


def _parse_line(place: str, words: list[str], columns: tuple[int, ...]) -> Line:
    if len(words) not in columns:
        raise ImportFailedError(f"{place}: {len(words)} columns; expected {_expected(columns)}")
    names = COLUMNS[len(words)]
    values = {name: word for name, word in zip(names, words, strict=True) if name in ("name", "mesh")}
    numbers = {n: _number(place, n, word) for n, word in zip(names, words, strict=True) if n not in ("name", "mesh")}
    colour = tuple(numbers[c] for c in "rgb" if c in numbers)
    if not all(0.0 <= value <= 1.0 for value in colour):
        raise ImportFailedError(f"{place}: colour {colour}: r, g and b must be 0 to 1")
    position = tuple(numbers[c] for c in "xyz" if c in numbers)
    angles = tuple(numbers[c] for c in ("alpha", "beta", "gamma") if c in numbers)
    return Line(place, values.get("name", ""), values.get("mesh", ""), colour, position, angles)


def _number(place: str, column: str, word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise ImportFailedError(f"{place}: column {column}: {word!r} is not a finite number")
    return value


def _expected(columns: tuple[int, ...]) -> str:
    return " or ".join(f"{count} ({' '.join(COLUMNS[count])})" for count in columns)
