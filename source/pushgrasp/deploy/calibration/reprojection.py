"""Least squares on where the corners appear in the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from pushgrasp.deploy.calibration.detection import Corners
from pushgrasp.deploy.calibration.rigid import apply, inverse, project, rigid_of_vector


@dataclass(frozen=True)
class Observation:
    """One picture of the board in a gripper."""

    name: str
    """What messages call it."""
    base_from_tool: np.ndarray
    """The tool as the arm says, shape (4, 4)."""
    corners: Corners
    """The board as the camera sees it."""


@dataclass(frozen=True)
class HandEye:
    """What the pictures of one arm say."""

    base_from_camera: np.ndarray
    """The camera's optical frame in the arm's base, shape (4, 4)."""
    tool_from_board: np.ndarray
    """The board in the gripper, shape (4, 4)."""
    scale: float = 1.0
    """Size of the board as the arm measures it, in units of the size that it should have."""

    def camera_from_board(self, base_from_tool: np.ndarray) -> np.ndarray:
        """Return where the board must be in pictures, shape (..., 4, 4), by the arm's poses, shape (..., 4, 4)."""
        return inverse(self.base_from_camera) @ base_from_tool @ self.tool_from_board

    def residuals(self, observations: Sequence[Observation], intrinsics: np.ndarray) -> np.ndarray:
        """Return by how much all corners appear elsewhere than predicted [pixel], shape (M, 2)."""
        boards = self.camera_from_board(np.stack([one.base_from_tool for one in observations]))
        counts = [len(one.corners.points) for one in observations]
        points = self.scale * np.concatenate([one.corners.points for one in observations])
        pixels = np.concatenate([one.corners.pixels for one in observations])
        return project(apply(np.repeat(boards, counts, axis=0), points), intrinsics) - pixels


def refine(
    start: HandEye, observations: Sequence[Observation], intrinsics: np.ndarray, with_scale: bool = False
) -> HandEye:
    """Return the camera and the board that fit the pictures best; the arm's poses count as exact.

    Args:
        start: A solution to start from.
        observations: The pictures of one arm.
        intrinsics: Pinhole matrix [pixel], shape (3, 3), pixel centres at halves.
        with_scale: Whether the board's size is unknown too.
    """

    def moved(step: np.ndarray) -> HandEye:
        camera, board = (rigid_of_vector(part) for part in (step[:6], step[6:12]))
        scale = start.scale + (step[12] if with_scale else 0.0)
        return HandEye(start.base_from_camera @ camera, start.tool_from_board @ board, scale)

    def cost(step: np.ndarray) -> np.ndarray:
        return moved(step).residuals(observations, intrinsics).ravel()

    return moved(least_squares(cost, np.zeros(13 if with_scale else 12), x_scale="jac").x)


def rms(residuals: np.ndarray) -> float:
    """Return the root mean square distance [pixel] of residuals, shape (M, 2)."""
    return float(np.sqrt((residuals**2).sum(axis=-1).mean()))
