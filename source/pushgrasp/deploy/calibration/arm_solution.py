"""One arm: where the camera is in its base frame, and how well that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pushgrasp.deploy.calibration.detection import board_pose
from pushgrasp.deploy.calibration.hand_eye import solve_hand_eye
from pushgrasp.deploy.calibration.plausibility import check_poses
from pushgrasp.deploy.calibration.reprojection import HandEye, Observation, refine, rms

HELD_OUT = 3
"""Poses that a second solution does not know, and that it has to predict."""


@dataclass(frozen=True)
class ArmSolution:
    """The calibration of one arm against the camera."""

    hand_eye: HandEye
    """Camera and board, from all pictures."""
    rms: float
    """Distance of predicted from seen corners over all pictures [pixel]."""
    worst_picture: str
    """The picture that fits least."""
    worst_rms: float
    """The distance in that picture [pixel]."""
    held_out: float
    """Distance of a board's corners, across the line of sight, from where a solution without that picture predicts
    them; the largest of the poses held out [m]."""
    scale: float
    """Size of the board as the arm measures it, in units of the size that it should have."""
    poses: int
    """How many pictures there are."""


def solve_arm(
    arm: str, observations: Sequence[Observation], intrinsics: np.ndarray, size: tuple[int, int]
) -> ArmSolution:
    """Calibrate one arm: closed form, least squares on reprojection, and again without three of the poses.

    Two arms have no unknown in common, so that solving them together would give the same.

    Args:
        arm: Name of the arm.
        observations: Its pictures.
        intrinsics: Pinhole matrix [pixel], shape (3, 3), pixel centres at halves.
        size: Width and height of the pictures [pixel].

    Raises:
        ValueError: If the pictures cannot be calibrated with, saying why.
        UserError: If OpenCV is not installed.
    """
    boards = np.stack([board_pose(one.corners, intrinsics) for one in observations])
    check_poses(arm, observations, boards, size)
    start = HandEye(*solve_hand_eye(np.stack([one.base_from_tool for one in observations]), boards))
    solution = refine(start, observations, intrinsics)
    by_picture = [rms(solution.residuals([one], intrinsics)) for one in observations]
    worst = int(np.argmax(by_picture))
    return ArmSolution(
        hand_eye=solution,
        rms=rms(solution.residuals(observations, intrinsics)),
        worst_picture=observations[worst].name,
        worst_rms=by_picture[worst],
        held_out=_held_out_error(solution, observations, intrinsics),
        scale=refine(solution, observations, intrinsics, with_scale=True).scale,
        poses=len(observations),
    )


def _held_out_error(start: HandEye, observations: Sequence[Observation], intrinsics: np.ndarray) -> float:
    """Return the largest error of a held-out board, see :attr:`ArmSolution.held_out` [m]."""
    places = np.linspace(0, len(observations) - 1, HELD_OUT + 2).round().astype(int)[1:-1]
    solution = refine(start, [one for i, one in enumerate(observations) if i not in places], intrinsics)
    held = [observations[i] for i in places]
    pixels = [rms(solution.residuals([one], intrinsics)) for one in held]
    distances = [solution.camera_from_board(one.base_from_tool)[2, 3] for one in held]
    return max(np.array(pixels) * distances) / float(intrinsics[0, 0])
