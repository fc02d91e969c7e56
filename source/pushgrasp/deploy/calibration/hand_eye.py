"""Robot-world and hand-eye calibration in closed form: a start that needs no guess."""

from __future__ import annotations

import numpy as np

from pushgrasp.deploy.calibration.rigid import rigid


def solve_hand_eye(base_from_tool: np.ndarray, camera_from_board: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Solve ``base_from_tool[i] @ tool_from_board = base_from_camera @ camera_from_board[i]`` (Shah 2013).

    Both rotations come out of one singular value decomposition of a sum of Kronecker products, both positions of one
    linear least squares problem.

    Args:
        base_from_tool: Poses of the tool, shape (N, 4, 4), N >= 3, about two axes or more.
        camera_from_board: The board as the camera sees it meanwhile, shape (N, 4, 4).

    Returns:
        base_from_camera and tool_from_board, shape (4, 4) each.
    """
    arm, eye = base_from_tool[:, :3, :3], camera_from_board[:, :3, :3]
    left, _, right = np.linalg.svd(sum(np.kron(b, a) for a, b in zip(arm, eye, strict=True)))
    camera = _nearest_rotation(left[:, 0].reshape(3, 3, order="F"))
    board = _nearest_rotation(right[0].reshape(3, 3, order="F"))
    rows = np.concatenate([np.hstack((rotation, -np.eye(3))) for rotation in arm])
    offset = camera @ camera_from_board[:, :3, 3, None] - base_from_tool[:, :3, 3, None]
    positions = np.linalg.lstsq(rows, offset.reshape(-1), rcond=None)[0]
    return rigid(camera, positions[3:]), rigid(board, positions[:3])


def _nearest_rotation(matrix: np.ndarray) -> np.ndarray:
    """Return the rotation that a matrix is a multiple of, noise apart; the multiple may be negative."""
    left, _, right = np.linalg.svd(matrix * np.sign(np.linalg.det(matrix)))
    return left @ np.diag((1.0, 1.0, np.linalg.det(left @ right))) @ right
