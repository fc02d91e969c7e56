"""What ``scripts/calibrate.py`` does, command by command."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml
from rich.table import Table

from pushgrasp.console import Console
from pushgrasp.deploy.calibration.acceptance import Check, Limits, checks, require_accepted
from pushgrasp.deploy.calibration.board import BoardCfg
from pushgrasp.deploy.calibration.board_pdf import write_board
from pushgrasp.deploy.calibration.calibration import Calibration, cell_section, read_calibration, write_calibration
from pushgrasp.deploy.calibration.folder import BOARD, CAMERA, TABLE, Inputs, folder_digest, read_board, read_folder
from pushgrasp.deploy.calibration.poses import CellSketch, GuidedPose, guided_poses
from pushgrasp.deploy.calibration.report import drawings_of, report_page
from pushgrasp.deploy.calibration.rigid import quaternion_of
from pushgrasp.deploy.calibration.solve import solve, with_touch
from pushgrasp.deploy.calibration.touch import evaluate_touches, read_touches, touch_steps, touch_targets
from pushgrasp.deploy.calibration.widths import openings_to_measure, read_openings, width_table
from pushgrasp.files.atomic import atomic_write
from pushgrasp.files.typed_json import to_plain
from pushgrasp.grasping.predict.intrinsics import read_intrinsics
from pushgrasp.motion.arm.model import ArmsCfg, BasePose
from pushgrasp.program import UserError

CALIBRATION, SECTION, REPORT = "calibration.json", "cell_section.yaml", "report.html"
GUIDE, STEPS, TOUCHES = "guide.json", "touch_steps.json", "touch.json"
"""Names of files in the folder."""


def make_board(folder: Path, board: BoardCfg) -> None:
    """Write ``board.pdf`` to print and ``board.json``; the folder is made.

    Raises:
        ValueError: If no paper holds the board.
        UserError: If OpenCV is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paper = write_board(folder / "board.pdf", board)
    _write_json(folder / BOARD, asdict(board))
    Console().print(
        f"{folder / 'board.pdf'}: print it on {paper} at 100 %, glue it onto a flat plate, measure its squares, and "
        f"correct square, marker and thickness [m] in {folder / BOARD}"
    )


def list_poses(
    folder: Path, bases: Mapping[str, BasePose], camera: tuple[float, float, float], tilt: float, count: int
) -> None:
    """Print guided poses of each arm, and write them to ``guide.json``.

    Args:
        folder: Folder with ``board.json``, and ``camera.json`` where the lens is not the usual one.
        bases: Where each arm stands, roughly; the left one first.
        camera: Where the camera is, roughly, world frame [m].
        tilt: How far the board leans [degrees].
        count: Poses of each arm.

    Raises:
        ValueError: If so many are not within reach.
    """
    board, lens = read_board(folder / BOARD), _lens(folder)
    sketch = CellSketch(arms=ArmsCfg(bases=tuple(bases.values())), camera=camera, tilt=tilt, **lens)
    poses = {name: guided_poses(sketch, board, arm, count) for arm, name in enumerate(bases)}
    _write_json(folder / GUIDE, {name: [_plain_pose(pose) for pose in found] for name, found in poses.items()})
    table = Table("arm", "pose", *(f"joint {joint} [deg]" for joint in range(1, 7)))
    for name, found in poses.items():
        for number, pose in enumerate(found, 1):
            table.add_row(name, str(number), *(f"{math.degrees(angle):.1f}" for angle in pose.joints))
    Console().table(table)


def solve_folder(folder: Path) -> None:
    """Solve a folder; write the report, and where the numbers are reached the calibration and the cell's section.

    Raises:
        ValueError: If something is wrong with the folder, or the calibration does not reach its numbers.
        UserError: If OpenCV is not installed.
    """
    inputs = read_folder(folder)
    calibration = solve(inputs)
    _report(folder, inputs, calibration)
    require_accepted(calibration, Limits())
    _write(folder, calibration)


def check_folder(folder: Path) -> None:
    """Evaluate the touch test of a folder; without its measurements, write what to do.

    Raises:
        ValueError: If the folder has changed since it was solved, or a number is not reached.
    """
    calibration = read_calibration(folder / CALIBRATION)
    if folder_digest(folder, (*calibration.arms, TABLE)) != calibration.digest:
        raise UserError(f"{folder} has changed since {CALIBRATION} was made: scripts/calibrate.py solve {folder}")
    if not (folder / TOUCHES).is_file():
        _write_steps(folder, calibration)
        return
    result = evaluate_touches(calibration, read_touches(folder / TOUCHES))
    touched = with_touch(calibration, result.largest, result.arm_to_arm)
    _print_checks(checks(touched, Limits()))
    require_accepted(touched, Limits())
    _write(folder, touched)


def check_widths(path: Path | None) -> None:
    """Print the width table of a gripper as ``cell.yaml`` has it; without measurements, the openings to measure.

    Raises:
        ValueError: If the measurements are no good.
    """
    if path is None:
        positions = ", ".join(map(str, openings_to_measure()))
        Console().print(f"send the gripper to POS {positions}, measure between the pads, and write")
        Console().print('[{"pos": 3, "width": 0.1402}, ...] with widths in metres to a file')
        return
    table = width_table(read_openings(path))
    Console().print(yaml.safe_dump({"widths": [list(row) for row in table]}, default_flow_style=None).strip())


def _lens(folder: Path) -> dict[str, Any]:
    """Return intrinsics and size of the pictures as a sketch has them, by ``camera.json`` where it is there."""
    if not (folder / CAMERA).is_file():
        return {}
    camera = read_intrinsics([str(folder / CAMERA)])
    if camera.size is None:
        raise UserError(f"{folder / CAMERA}: width and height [pixel] are missing")
    fx, fy, cx, cy = (float(camera.matrix[place]) for place in ((0, 0), (1, 1), (0, 2), (1, 2)))
    return {"intrinsics": (fx, fy, cx, cy), "size": camera.size}


def _report(folder: Path, inputs: Inputs, calibration: Calibration) -> None:
    """Print the numbers and write the report."""
    found = checks(calibration, Limits())
    page = report_page(calibration, inputs.board, found, drawings_of(folder, inputs, calibration))
    atomic_write(folder / REPORT, lambda file: file.write(page.encode()))
    _print_checks(found)
    Console().print(f"{folder / REPORT}: look at the frames drawn there")


def _print_checks(found: Sequence[Check]) -> None:
    table = Table("number", "value", "at most", "")
    for check in found:
        verdict = "reached" if check.passed else "NOT reached"
        table.add_row(check.name, f"{check.value:.2f} {check.unit}", f"{check.limit:g} {check.unit}", verdict)
    Console().table(table)


def _write(folder: Path, calibration: Calibration) -> None:
    """Write the calibration and the section of the cell file."""
    write_calibration(folder / CALIBRATION, calibration)
    section = yaml.safe_dump(to_plain(cell_section(calibration)), sort_keys=False, default_flow_style=None)
    atomic_write(folder / SECTION, lambda file: file.write(section.encode()))
    Console().print(f"{folder / CALIBRATION}, and {folder / SECTION} for cell.yaml")


def _write_steps(folder: Path, calibration: Calibration) -> None:
    """Write the touch test and say how it is done."""
    targets = touch_targets(read_board(folder / BOARD))
    steps = {name: [asdict(step) for step in touch_steps(calibration, name, targets)] for name in calibration.arms}
    _write_json(folder / STEPS, steps)
    Console().print(
        f"{folder / STEPS}: lay the board as in the first picture of the table; let the closed finger tips of each arm "
        "come down on these corners, from 50 mm above at 20 mm/s until contact, and write target and TCP of each to "
        f"{folder / TOUCHES}"
    )


def _plain_pose(pose: GuidedPose) -> dict[str, list[float]]:
    board = pose.world_from_board
    quaternion = quaternion_of(board).tolist()
    return {"joints": pose.joints.tolist(), "board_position": board[:3, 3].tolist(), "board_quaternion": quaternion}


def _write_json(path: Path, content: object) -> None:
    atomic_write(path, lambda file: file.write(f"{json.dumps(content, indent=1)}\n".encode()))
