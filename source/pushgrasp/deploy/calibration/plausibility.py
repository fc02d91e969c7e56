"""Whether pictures and readings of an arm can be calibrated with at all, before anything is solved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from pushgrasp.deploy.calibration.reprojection import Observation
from pushgrasp.deploy.calibration.rigid import angle_between

LEAST_POSES = 15
"""Poses of an arm at least."""

LEAST_TILT = math.radians(25.0)
"""The board has to lean so far either way, to the right and left and up and down in the picture [rad]."""

LEAST_SPREAD = 0.3
"""Width and height of the part of the picture where the board has been, in units of the picture's."""

MOST_TURN_ERROR = math.radians(3.0)
"""By how much the turn of an arm and that of its board may differ from one pose to the next, as a median [rad]."""


def check_poses(
    arm: str, observations: Sequence[Observation], camera_from_board: np.ndarray, size: tuple[int, int]
) -> None:
    """Refuse pictures of an arm that are too few, too much alike, or do not belong to its readings.

    Args:
        arm: Name of the arm.
        observations: Its pictures.
        camera_from_board: The board in each of them, shape (N, 4, 4).
        size: Width and height of the pictures [pixel].

    Raises:
        ValueError: Naming the arm, what is wrong and what to do.
    """
    if len(observations) < LEAST_POSES:
        raise ValueError(f"{arm}: {len(observations)} poses; at least {LEAST_POSES} are needed")
    _check_turns(arm, observations, camera_from_board)
    _check_tilts(arm, camera_from_board)
    _check_spread(arm, observations, size)


def _check_turns(arm: str, observations: Sequence[Observation], camera_from_board: np.ndarray) -> None:
    """The board is fixed to the tool: both turn by the same angle from pose to pose."""
    tools = [one.base_from_tool for one in observations]
    of_arm = np.array([angle_between(one, other) for one, other in pairwise(tools)])
    of_board = np.array([angle_between(one, other) for one, other in pairwise(camera_from_board)])
    error = float(np.median(np.abs(of_arm - of_board)))
    if error > MOST_TURN_ERROR:
        raise ValueError(
            f"{arm}: the arm turned by {math.degrees(np.median(of_arm)):.1f} degrees from pose to pose, its board by "
            f"{math.degrees(np.median(of_board)):.1f}: the readings belong to another arm (are the addresses of the "
            "arms exchanged?) or to other pictures, or the board slipped"
        )


def _check_tilts(arm: str, camera_from_board: np.ndarray) -> None:
    """The board's normals have to span an angle about both axes of the picture."""
    normals = camera_from_board[:, :3, 2]
    for axis, way in enumerate(("to the right and left", "up and down")):
        lean = np.arctan2(normals[:, axis], -normals[:, 2])
        tilt = 0.5 * float(np.ptp(lean))
        if tilt < LEAST_TILT:
            raise ValueError(
                f"{arm}: the board leans {math.degrees(tilt):.0f} degrees {way} in the picture; at least "
                f"{math.degrees(LEAST_TILT):.0f} either way are needed (scripts/calibrate.py poses lists poses)"
            )


def _check_spread(arm: str, observations: Sequence[Observation], size: tuple[int, int]) -> None:
    """The board has to have been in different parts of the picture."""
    middles = np.array([one.corners.pixels.mean(axis=0) for one in observations])
    for side, extent, length in zip(("width", "height"), np.ptp(middles, axis=0), size, strict=True):
        if extent < LEAST_SPREAD * length:
            raise ValueError(
                f"{arm}: the board's middle covers {100 * extent / length:.0f} % of the picture's {side}; at least "
                f"{100 * LEAST_SPREAD:.0f} % are needed: spread the poses over the picture"
            )
