"""A look at every device of a cell, before anything is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
from rich.table import Table

from pushgrasp.deploy.cameras.opening import open_camera
from pushgrasp.deploy.devices import DeviceFault
from pushgrasp.deploy.frames import FrameCfg, check_frames
from pushgrasp.deploy.gripper.robotiq import RobotiqGripper
from pushgrasp.deploy.opening import arm_cfg, camera_cfg, checked_kinematics, gripper_cfg, require_serial
from pushgrasp.deploy.realtime import realtime
from pushgrasp.deploy.sections import ArmCfg
from pushgrasp.deploy.seeing import Eye
from pushgrasp.deploy.settings import CellCfg, cell_digest, read_cell
from pushgrasp.deploy.ur.arm import UrArm
from pushgrasp.deploy.ur.kinematics import read_kinematics
from pushgrasp.program import UserError

FRAMES = 10
"""Pictures whose rate is measured."""

Row = tuple[str, str]
"""What was looked at, and what was found."""


def check_cell(path: Path, show: Callable[[Table], None]) -> bool:
    """Look at every device, show a table of what is there and what is not, and return whether all is well.

    Raises:
        CellError: If the cell's file cannot be used; no device was asked.
    """
    cell = read_cell(path)
    table = Table("device", "what", "found", title=f"{path}, {cell_digest(cell)[:12]}")
    _add(table, "machine", _machine)
    fine = _add(table, "calibration", lambda: _calibration(cell))
    for arm in cell.arms:
        fine &= _add(table, arm.name, lambda arm=arm: _arm(arm, cell))
        fine &= _add(table, f"{arm.name} gripper", lambda arm=arm: _gripper(arm, cell))
    fine &= _add(table, "camera", lambda: _camera(cell))
    show(table)
    return fine


def _add(table: Table, device: str, look: Callable[[], Iterator[Row]]) -> bool:
    """Add what is found of a device; what is wrong ends it."""
    try:
        for what, found in look():
            table.add_row(device, what, found)
    except (DeviceFault, UserError, OSError, ValueError) as error:
        table.add_row(device, "FAULT", str(error))
        return False
    return True


def _machine() -> Iterator[Row]:
    with realtime() as granted:
        yield "real-time priority", "granted" if granted else "not granted: other programs can hold up the arms"


def _calibration(cell: CellCfg) -> Iterator[Row]:
    calibration = cell.calibration
    if calibration is None:
        yield "date", "none: a cell on loopback"
        return
    age = calibration.age(date.today())
    yield "date", f"{calibration.date}, {age} days old"
    yield "digest", calibration.digest[:12]
    if age > calibration.age_limit:
        raise ValueError(f"older than {calibration.age_limit} days: run scripts/calibrate.py again")


def _arm(cfg: ArmCfg, cell: CellCfg) -> Iterator[Row]:
    arm = UrArm(arm_cfg(cfg, cell))
    try:
        board = arm.dashboard
        yield "PolyScope", ".".join(map(str, board.version()))
        yield "serial number", board.serial_number()
        require_serial(cfg, board)
        yield "remote control", "yes" if board.remote_control() else "no: --execute will be refused"
        yield "safety", board.safety_status()
        yield "payload to set", f"{cfg.payload.mass} kg at {list(cfg.payload.centre)} m"
        yield "calibration", read_kinematics(cfg.address).checksum or "none told"
        checked_kinematics(cfg, arm)
        state = arm.state()
        yield "TCP", "agrees with the kinematics"
        yield "speed", f"{state.scaling:.0%}"
        away = float(np.abs(state.joints - np.array(cfg.home)).max())
        yield "home", "there" if away < 0.01 else f"a joint is {away:.2f} rad away"
    finally:
        arm.close()


def _gripper(cfg: ArmCfg, cell: CellCfg) -> Iterator[Row]:
    gripper = RobotiqGripper(gripper_cfg(cfg, cell))
    try:
        state = gripper.state()
        yield "opening", f"{1000 * state.width:.0f} mm"
        yield "active", "yes" if state.active else "no: the jaws will sweep once"
        if state.fault:
            raise DeviceFault(f"reports fault {state.fault}")
    finally:
        gripper.close()


def _camera(cell: CellCfg) -> Iterator[Row]:
    camera = open_camera(camera_cfg(cell.camera))
    try:
        frames = camera.grab(FRAMES)
        height, width = frames[-1].depth.shape
        yield "pictures", f"{width} x {height}, {(FRAMES - 1) / (frames[-1].taken - frames[0].taken):.0f} per second"
        eye = Eye(camera, cell.camera, cell.workspace, cell.tray)
        table = eye.table_depth(height, width)
        seen = (table > 0.0) & (frames[-1].depth > 0.0)
        offset = np.quantile((frames[-1].depth - table)[seen], 0.9) if seen.any() else float("nan")
        yield "table", f"{1000 * offset:+.1f} mm from where the calibration has it"
        yield "table's tilt", f"{1000 * eye.tilt(frames[-1].depth):.1f} mrad"
        check_frames(frames[-1:], camera.intrinsics, table, FrameCfg())
    finally:
        camera.close()
