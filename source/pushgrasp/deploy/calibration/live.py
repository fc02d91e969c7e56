"""Recording from the devices of a cell. Arms are listened to only: the operator moves them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from pushgrasp.deploy.calibration.board import BoardCfg
from pushgrasp.deploy.calibration.recording import Ask, Tell, record_arm, record_camera, record_table, record_touches
from pushgrasp.deploy.cameras.opening import open_camera
from pushgrasp.deploy.devices import Arm
from pushgrasp.deploy.opening import arm_cfg, camera_cfg, checked_kinematics
from pushgrasp.deploy.sections import ArmCfg
from pushgrasp.deploy.settings import CellCfg
from pushgrasp.deploy.ur.arm import UrArm

PLACES = ("in the middle of the workspace", *(f"elsewhere on the table, place {n} of 8" for n in range(1, 9)))
"""Where to lay the board on the table."""


def record_poses(
    folder: Path, cell: CellCfg, board: BoardCfg, arm: int, prompts: list[str], ask: Ask, tell: Tell
) -> int:
    """Record the guided poses of one arm of a cell; see :func:`record_arm`."""
    cfg = cell.arms[arm]
    with closing(open_camera(camera_cfg(cell.camera))) as camera, listening(cfg, cell) as device:
        record_camera(folder, camera)
        return record_arm(folder / cfg.name, camera, device, board, prompts, ask, tell)


def record_places(folder: Path, cell: CellCfg, board: BoardCfg, ask: Ask, tell: Tell) -> int:
    """Record the board on the table of a cell; see :func:`record_table`."""
    with closing(open_camera(camera_cfg(cell.camera))) as camera:
        record_camera(folder, camera)
        return record_table(folder, camera, board, [f"the board {place}" for place in PLACES], ask, tell)


def touch_arm(cfg: ArmCfg, cell: CellCfg, targets: np.ndarray, ask: Ask) -> list[dict[str, list[float]]]:
    """Read the marks that an arm of a cell touches; see :func:`record_touches`."""
    with listening(cfg, cell) as device:
        return record_touches(device, targets, ask)


@contextmanager
def listening(cfg: ArmCfg, cell: CellCfg) -> Iterator[Arm]:
    """Give an arm that is only listened to, and whose TCP is where the cell file has it.

    Raises:
        DeviceFault: If it is not there, or its TCP is elsewhere.
        UserError: If ``ur_rtde`` is not installed.
    """
    with closing(UrArm(arm_cfg(cfg, cell))) as arm:
        checked_kinematics(cfg, arm)
        yield arm
