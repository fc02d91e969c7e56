"""What ``scripts/calibrate.py`` does, command by command."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import yaml
from rich.table import Table

from pushgrasp.console import Console
from pushgrasp.deploy.calibration.acceptance import Check, Limits, checks, require_accepted
from pushgrasp.deploy.calibration.board import BoardCfg
from pushgrasp.deploy.calibration.board_pdf import write_board
from pushgrasp.deploy.calibration.calibration import Calibration, cell_section, read_calibration, write_calibration
from pushgrasp.deploy.calibration.folder import BOARD, CAMERA, TABLE, Inputs, folder_digest, read_board, read_folder
from pushgrasp.deploy.calibration.live import record_places, record_poses, touch_arm
from pushgrasp.deploy.calibration.poses import CellSketch, GuidedPose, guided_poses
from pushgrasp.deploy.calibration.report import drawings_of, report_page
from pushgrasp.deploy.calibration.rigid import quaternion_of
from pushgrasp.deploy.calibration.solve import solve, with_touch
from pushgrasp.deploy.calibration.touch import evaluate_touches, read_touches, touch_steps, touch_targets
from pushgrasp.deploy.calibration.widths import openings_to_measure, read_openings, width_table
from pushgrasp.deploy.settings import CellCfg, arms_cfg
from pushgrasp.files.atomic import atomic_write
from pushgrasp.files.json_files import read_json
from pushgrasp.files.typed_json import to_plain
from pushgrasp.grasping.predict.intrinsics import read_intrinsics
from pushgrasp.program import UserError

CALIBRATION, SECTION, REPORT = "calibration.json", "cell_section.yaml", "report.html"
GUIDE, STEPS, TOUCHES = "guide.json", "touch_steps.json", "touch.json"
"""Names of files in the folder."""

USUAL_LENS = 0.72
"""Focal length of usual RGB-D cameras' colour, in units of the picture's width."""


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


def list_poses(folder: Path, cell: CellCfg, tilt: float, count: int) -> None:
    """Print guided poses of each arm, and write them to ``guide.json``.

    Args:
        folder: Folder with ``board.json``, and ``camera.json`` where that is known.
        cell: The cell; the poses of its arms and camera may be rough.
        tilt: How far the board leans [degrees].
        count: Poses of each arm.

    Raises:
        ValueError: If so many are not within reach.
    """
    sketch = CellSketch(arms_cfg(cell), cell.camera.position, _lens(folder, cell), cell.camera.size, tilt=tilt)
    board, names = read_board(folder / BOARD), [arm.name for arm in cell.arms]
    poses = {name: guided_poses(sketch, board, arm, count) for arm, name in enumerate(names)}
    _write_json(folder / GUIDE, {name: [_plain_pose(pose) for pose in found] for name, found in poses.items()})
    table = Table("arm", "pose", *(f"joint {joint} [deg]" for joint in range(1, 7)))
    for name, found in poses.items():
        for number, pose in enumerate(found, 1):
            table.add_row(name, str(number), *(f"{math.degrees(angle):.1f}" for angle in pose.joints))
    Console().table(table)


def record(folder: Path, cell: CellCfg, what: str) -> None:
    """Take pictures and readings of an arm, the table, or the touch test; the operator moves the arms.

    Args:
        folder: Folder with ``board.json``; for an arm with ``guide.json`` too, for the touch test with a calibration.
        cell: The cell.
        what: Name of an arm, ``table`` or ``touch``.

    Raises:
        DeviceFault: If a device is not there, or a controller's TCP is not where the cell file has it.
        ValueError: If something in the folder is missing.
        UserError: If there is nothing of that name.
    """
    board, names = read_board(folder / BOARD), [arm.name for arm in cell.arms]
    if what == "touch":
        targets = touch_targets(board)
        touched = {}
        for arm in cell.arms:
            touched[arm.name] = touch_arm(arm, cell, targets, _ask)
            _write_json(folder / TOUCHES, touched)
    elif what == TABLE:
        record_places(folder, cell, board, _ask, Console().print)
    elif what in names:
        record_poses(folder, cell, board, names.index(what), _prompts(folder, what), _ask, Console().print)
    else:
        raise UserError(f"nothing to record of {what!r}; allowed: {', '.join((*names, TABLE, 'touch'))}")


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


def _lens(folder: Path, cell: CellCfg) -> tuple[float, float, float, float]:
    """Return fx, fy, cx, cy [pixel] by ``camera.json``, else by the cell's file, else those of a usual camera."""
    width, height = cell.camera.size
    if (folder / CAMERA).is_file():
        camera = read_intrinsics([str(folder / CAMERA)])
        camera.require_fit(height, width)
        fx, fy, cx, cy = (float(camera.matrix[place]) for place in ((0, 0), (1, 1), (0, 2), (1, 2)))
        return fx, fy, cx, cy
    return cell.camera.intrinsics or (USUAL_LENS * width, USUAL_LENS * width, 0.5 * width, 0.5 * height)


def _prompts(folder: Path, arm: str) -> list[str]:
    """Return what to ask at each guided pose of an arm."""
    guide = read_json(folder / GUIDE)
    if not isinstance(guide, dict) or arm not in guide:
        raise UserError(f"{folder / GUIDE} has no poses of {arm}: scripts/calibrate.py poses {folder} --cell FILE")
    shown = [", ".join(f"{math.degrees(angle):.1f}" for angle in pose["joints"]) for pose in guide[arm]]
    return [f"{arm}, pose {number} of {len(shown)}: joints near {text} degrees" for number, text in enumerate(shown, 1)]


def _ask(text: str) -> bool:
    """Ask the operator; an empty answer is yes.

    Raises:
        UserError: If nobody can answer.
    """
    try:
        return input(f"{text}; Enter takes it, s leaves it out: ").strip().lower() != "s"
    except EOFError:
        raise UserError("nobody answers; the pictures so far are kept, and record goes on from there") from None


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
        f"{folder / TOUCHES} (scripts/calibrate.py record {folder} touch --cell FILE reads them)"
    )


def _plain_pose(pose: GuidedPose) -> dict[str, list[float]]:
    board = pose.world_from_board
    quaternion = quaternion_of(board).tolist()
    return {"joints": pose.joints.tolist(), "board_position": board[:3, 3].tolist(), "board_quaternion": quaternion}


def _write_json(path: Path, content: object) -> None:
    atomic_write(path, lambda file: file.write(f"{json.dumps(content, indent=1)}\n".encode()))
