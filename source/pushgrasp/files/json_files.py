"""JSON that users bring: parsed strictly, and wrong JSON gives an error with file and line, never another one."""

from __future__ import annotations

import json
import re
from math import isinf
from pathlib import Path
from typing import Any

from pushgrasp.files.text_files import FileError, read_text, without_end

DEPTH = 100
"""Lists and objects may stand so deep in each other."""

_TOKEN = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*"?)(?P<key>\s*:)?|[\[{\]}]|[-+.\w]+', re.DOTALL)


class JsonError(FileError):
    """Text that is no usable JSON."""


def read_json(path: Path) -> Any:  # noqa: ANN401 - JSON is of any kind
    """Read a JSON file.

    Raises:
        FileError: If it is no text or no usable JSON (:func:`parse_json`).
        OSError: If the file cannot be read.
    """
    return parse_json(read_text(path), str(path))


def parse_json(text: str, where: str, line: int = 1) -> Any:  # noqa: ANN401 - JSON is of any kind
    """Parse JSON as the standard has it, whose numbers are finite and whose keys stand once in an object.

    Args:
        text: The JSON.
        where: What messages call its file.
        line: Number of the text's first line in the file.

    Raises:
        JsonError: Naming file and line, if it is no JSON, holds NaN, an infinity, a number beyond float64, a key twice
            in an object or half a character, or is nested more than :data:`DEPTH` deep.
    """
    if not text.strip():
        raise JsonError(f"{where}:{line}: no JSON: it is empty")
    fault = _fault(text)
    if fault:
        place, message = fault
        raise JsonError(f"{where}:{line + text.count('\n', 0, place)}: no JSON: {message}")
    try:
        content = json.loads(text)
        json.dumps(content, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        message = f"no JSON: {error.msg} at column {error.colno}"
        raise JsonError(f"{where}:{line + error.lineno - 1}: {message}") from None
    except UnicodeEncodeError as error:
        raise JsonError(f"{where}:{line}: no JSON: holds half a character, {error.object[error.start]!r}") from None
    return content


def _fault(text: str) -> tuple[int, str] | None:
    """Place and kind of the first thing that Python's own parser lets pass or breaks at; None if there is none."""
    keys: list[set[str]] = []
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word in "[{":
            keys.append(set())
        elif word in "]}":
            del keys[-1:]
        elif token["key"] and keys:
            if token["text"] in keys[-1]:
                return token.start(), f"the key {without_end(token['text'])} stands twice in an object"
            keys[-1].add(token["text"])
        elif word.lstrip("-") in ("NaN", "Infinity"):
            return token.start(), f"{word} is no number"
        elif word[0] in "-0123456789" and _is_infinite(word):
            return token.start(), f"the number {without_end(word)} is too large"
        if len(keys) > DEPTH:
            return token.start(), f"nested more than {DEPTH} deep"
    return None


def _is_infinite(word: str) -> bool:
    try:
        return isinf(float(word))
    except ValueError:
        return False
