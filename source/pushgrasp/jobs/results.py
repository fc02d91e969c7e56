"""A file of a job's results, to which each is appended as it is done; whatever comes after goes on from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pushgrasp.files.json_files import parse_json
from pushgrasp.files.lines import append_line, whole_lines
from pushgrasp.files.text_files import FileError


def append_result(path: Path, number: int, result: object) -> None:
    """Append the result of a unit, plain data with finite numbers, and flush it to the disk.

    Raises:
        OSError: When the file cannot be written, naming it.
    """
    append_line(path, json.dumps({"unit": number, "result": result}, allow_nan=False))


def read_results(path: Path) -> dict[int, Any]:
    """Return results by the numbers of their units, without one that was cut off; none if there is no file.

    Raises:
        FileError: If a line is no result; the message names file and line.
    """
    results: dict[int, Any] = {}
    for place, line in enumerate(whole_lines(path), 1):
        content = parse_json(line, str(path), place)
        if not isinstance(content, dict) or content.keys() != {"unit", "result"} or type(content["unit"]) is not int:
            raise FileError(f"{path}:{place}: not the result of a unit; delete the line, and it is made again")
        results[content["unit"]] = content["result"]
    return results
