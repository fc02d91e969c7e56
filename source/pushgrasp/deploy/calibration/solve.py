"""From pictures and readings to a calibration."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from pushgrasp.deploy.calibration.arm_solution import ArmSolution, solve_arm
from pushgrasp.deploy.calibration.calibration import ArmCalibration, Calibration, CameraCalibration, Pose
from pushgrasp.deploy.calibration.folder import Inputs
from pushgrasp.deploy.calibration.rigid import inverse
from pushgrasp.deploy.calibration.table import TableSolution, world_from_boards, world_from_depth


def solve(inputs: Inputs) -> Calibration:
    """Return the calibration of a cell; whether it is good enough is asked of its numbers (``acceptance.py``).

    Raises:
        ValueError: If the pictures cannot be calibrated with, or the arms are exchanged, saying why.
        UserError: If OpenCV is not installed.
    """
    arms = {name: solve_arm(name, seen, inputs.intrinsics, inputs.size) for name, seen in inputs.arms.items()}
    table = _solve_table(inputs)
    calibration = Calibration(
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        digest=inputs.digest,
        table=table.source,
        table_rms=table.rms,
        camera=CameraCalibration(Pose.of(table.world_from_camera), _numbers(inputs.intrinsics), inputs.size),
        arms={name: _in_world(arm, table.world_from_camera) for name, arm in arms.items()},
    )
    _check_sides(calibration)
    return calibration


def with_touch(calibration: Calibration, touch: dict[str, float], arm_to_arm: float | None) -> Calibration:
    """Return a calibration with the results of the touch test [m] in it."""
    arms = {name: replace(arm, touch=touch.get(name)) for name, arm in calibration.arms.items()}
    return replace(calibration, arms=arms, arm_to_arm=arm_to_arm)


def _solve_table(inputs: Inputs) -> TableSolution:
    if inputs.depth is not None:
        return world_from_depth(inputs.depth, inputs.intrinsics)
    return world_from_boards(inputs.table, inputs.board, inputs.intrinsics)


def _numbers(intrinsics: np.ndarray) -> tuple[float, ...]:
    """Return fx, fy, cx, cy [pixel] of a pinhole matrix."""
    return tuple(float(intrinsics[place]) for place in ((0, 0), (1, 1), (0, 2), (1, 2)))


def _in_world(arm: ArmSolution, world_from_camera: np.ndarray) -> ArmCalibration:
    """Return an arm in the world: base to camera to world."""
    return ArmCalibration(
        base=Pose.of(world_from_camera @ inverse(arm.hand_eye.base_from_camera)),
        board=Pose.of(arm.hand_eye.tool_from_board),
        poses=arm.poses,
        rms=arm.rms,
        worst_picture=arm.worst_picture,
        worst_rms=arm.worst_rms,
        held_out=arm.held_out,
        scale=arm.scale,
    )


def _check_sides(calibration: Calibration) -> None:
    """Refuse arms of which the left one stands to the right of the other."""
    if {"left", "right"} <= calibration.arms.keys():
        left, right = (calibration.arms[name].base.position[0] for name in ("left", "right"))
        if left >= right:
            raise ValueError(
                f"the arms are exchanged: the base of 'left' is at x = {left:.2f} m, that of 'right' at {right:.2f} m; "
                "exchange their addresses in the cell file and the two folders, or turn the camera by half a turn"
            )
