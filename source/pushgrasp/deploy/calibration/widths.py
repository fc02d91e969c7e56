"""The width table of a gripper: openings measured with a caliper against what the gripper says (POS)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pushgrasp.files.json_files import read_json
from pushgrasp.files.text_files import FileError
from pushgrasp.files.typed_json import build
from pushgrasp.settings import Range, check_number

LEAST_OPENINGS = 6
"""Openings to measure at least."""

LEAST_SPAN = 0.5
"""Part of the stroke that the openings have to span."""

MOST_OFF_LINE = 0.010
"""A width further than this from the line through its neighbours is a slip of the pen [m]."""


@dataclass(frozen=True)
class Opening:
    """One measurement."""

    pos: int
    """What the gripper says, 0 (open) to 255 (closed)."""
    width: float
    """Distance between the pads [m]."""


def openings_to_measure(count: int = 8, least: int = 3, most: int = 230) -> list[int]:
    """Return positions to send the gripper to, from open to closed.

    Raises:
        ValueError: If they are fewer than :data:`LEAST_OPENINGS`.
    """
    if count < LEAST_OPENINGS:
        raise ValueError(f"{count} openings; at least {LEAST_OPENINGS} are needed")
    return [round(least + (most - least) * index / (count - 1)) for index in range(count)]


def read_openings(path: Path) -> list[Opening]:
    """Read measurements: ``[{"pos": 3, "width": 0.1402}, ...]``.

    Raises:
        FileError: If the file cannot be used, naming the field.
        OSError: If it cannot be read.
    """
    try:
        return build(list[Opening], read_json(path))
    except ValueError as error:
        raise FileError(f"{path}: {error}") from None


def width_table(openings: Sequence[Opening], stroke: float = 0.140) -> list[tuple[int, float]]:
    """Return POS and width [m], from open to closed.

    Args:
        openings: Measurements in any order.
        stroke: Largest opening of the gripper [m].

    Raises:
        ValueError: If they are too few, out of range, contradict each other, or leave too much of the stroke out.
    """
    for opening in openings:
        check_number("pos", opening.pos, Range(least=0, most=255), whole=True)
        check_number(f"width at POS {opening.pos}", opening.width, Range(least=0, most=1.1 * stroke))
    table = sorted((opening.pos, opening.width) for opening in openings)
    if len({pos for pos, _ in table}) < max(LEAST_OPENINGS, len(table)):
        raise ValueError(f"{len(table)} openings; at least {LEAST_OPENINGS} are needed, each POS once")
    for (pos, width), (next_pos, next_width) in pairwise(table):
        if next_width >= width:
            raise ValueError(
                f"width at POS {next_pos} is {next_width} m and at POS {pos} {width} m: it must fall as POS rises"
            )
    span = table[0][1] - table[-1][1]
    if span < LEAST_SPAN * stroke:
        raise ValueError(f"the openings span {span:.3f} m; at least {LEAST_SPAN * stroke:.3f} m are needed")
    _check_line(table)
    return table


def _check_line(table: Sequence[tuple[int, float]]) -> None:
    """Refuse a width that its neighbours contradict; the jaws follow POS nearly in proportion."""
    for (p0, w0), (pos, width), (p1, w1) in zip(table[:-2], table[1:-1], table[2:], strict=True):
        expected = w0 + (w1 - w0) * (pos - p0) / (p1 - p0)
        if math.fabs(width - expected) > MOST_OFF_LINE:
            raise ValueError(
                f"width at POS {pos} is {width} m, its neighbours say {expected:.4f} m: measure it again (metres)"
            )
