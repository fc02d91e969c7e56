"""The report: one HTML page with the numbers beside their limits and the frames drawn onto the pictures."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from pushgrasp.deploy.calibration.acceptance import Check
from pushgrasp.deploy.calibration.board import BoardCfg
from pushgrasp.deploy.calibration.calibration import ArmCalibration, Calibration
from pushgrasp.deploy.calibration.drawing import draw_board, draw_table
from pushgrasp.deploy.calibration.folder import TABLE, Inputs, picture_files, read_picture


@dataclass(frozen=True)
class Drawing:
    """A picture of the report."""

    text: str
    """What it shows."""
    png: bytes


def report_page(calibration: Calibration, board: BoardCfg, found: Sequence[Check], drawings: Sequence[Drawing]) -> str:
    """Return the page as HTML without any outside resource."""
    loader = PackageLoader("pushgrasp.deploy.calibration")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, undefined=StrictUndefined)
    environment.filters |= {"data_uri": _data_uri, "lean": _lean_of_base}
    template = environment.get_template("report.html.jinja")
    return template.render(calibration=calibration, board=board, checks=found, drawings=drawings)


def drawings_of(folder: Path, inputs: Inputs, calibration: Calibration) -> list[Drawing]:
    """Return the drawings of a folder: the table, and for each arm the picture that fits least.

    Raises:
        ValueError: If a picture is no longer readable.
        OSError: If one is gone.
    """
    first = next(iter(calibration.arms.values())).worst_picture
    table = next(iter(picture_files(folder / TABLE)), folder / first)
    text = "Bases, world, workspace (yellow) and the board in its middle (blue); z is blue and points at the camera."
    drawings = [Drawing(text, draw_table(read_picture(table), calibration, inputs.board))]
    for name, arm in calibration.arms.items():
        seen = next(one for one in inputs.arms[name] if one.name == arm.worst_picture)
        picture = read_picture(folder / arm.worst_picture)
        text = f"{arm.worst_picture}, the one that fits least: corners seen (circles), and as the arm says (crosses)."
        drawings.append(Drawing(text, draw_board(picture, calibration, inputs.board, name, seen)))
    return drawings


def _data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _lean_of_base(arm: ArmCalibration) -> float:
    """Return the angle between an arm's base and the table's normal [degrees]."""
    return math.degrees(math.acos(min(1.0, arm.base.transform[2, 2])))
