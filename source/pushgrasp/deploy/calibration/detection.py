"""Corners of the board in a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pushgrasp.deploy.calibration.board import BoardCfg
from pushgrasp.deploy.calibration.rigid import rigid
from pushgrasp.deploy.opencv import opencv

LEAST_CORNERS = 8
"""Corners that have to be found."""

PIXEL_CENTRE = 0.5
"""OpenCV puts the centre of the first pixel at (0, 0), this project at (0.5, 0.5)."""


@dataclass(frozen=True)
class Corners:
    """Corners of the board that were found in one picture."""

    points: np.ndarray
    """Where they are on the board [m], board frame, shape (M, 3)."""
    pixels: np.ndarray
    """Where they appear [pixel], the centre of the first pixel at (0.5, 0.5), shape (M, 2)."""


def find_corners(picture: np.ndarray, board: BoardCfg, name: str) -> Corners:
    """Find the board.

    Args:
        picture: RGB, shape (h, w, 3), uint8.
        board: The board.
        name: What messages call the picture.

    Raises:
        ValueError: If fewer than :data:`LEAST_CORNERS` corners are seen, saying why as far as that can be told.
        UserError: If OpenCV is not installed.
    """
    grey = opencv().cvtColor(np.ascontiguousarray(picture), opencv().COLOR_RGB2GRAY)
    pixels, numbers = _detect(grey, board)
    if len(numbers) < LEAST_CORNERS:
        raise ValueError(f"{name}: {_what_is_wrong(grey, board, len(numbers))}")
    return Corners(board.corners[numbers], pixels + PIXEL_CENTRE)


def board_pose(corners: Corners, intrinsics: np.ndarray) -> np.ndarray:
    """Return camera_from_board, shape (4, 4), of one picture by itself.

    Args:
        corners: At least 4 corners.
        intrinsics: Pinhole matrix [pixel], shape (3, 3), pixel centres at halves.
    """
    cv2 = opencv()
    _, vector, position = cv2.solvePnP(corners.points, corners.pixels, intrinsics, None)
    return rigid(cv2.Rodrigues(vector)[0], position[:, 0])


def _detect(grey: np.ndarray, board: BoardCfg) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels by OpenCV's count, shape (M, 2), and numbers, shape (M,), of the corners of a board."""
    pixels, numbers, _, _ = opencv().aruco.CharucoDetector(board.opencv_board()).detectBoard(grey)
    if numbers is None:
        return np.zeros((0, 2)), np.zeros(0, dtype=int)
    return pixels.reshape(-1, 2).astype(float), numbers.reshape(-1)


def _what_is_wrong(grey: np.ndarray, board: BoardCfg, found: int) -> str:
    """Return why a picture shows too little of the board."""
    if len(_detect(grey[:, ::-1].copy(), board)[1]) >= LEAST_CORNERS:
        return "the picture or the print is mirrored: switch mirroring off"
    seen = {name: _markers(grey, name) for name in _dictionaries()}
    own = seen.pop(board.dictionary)
    strange = [number for number in own if number >= board.columns * board.rows // 2]
    if strange:
        return f"another board: marker {max(strange)} of {board.dictionary} is not on the one that board.json describes"
    other = max(seen, key=lambda name: len(seen[name]))
    if not own and len(seen[other]) >= LEAST_CORNERS // 2:
        return f"another board: its markers are of dictionary {other}, board.json says {board.dictionary}"
    if len(own) >= LEAST_CORNERS // 2 and found == 0:
        return f"another board: {len(own)} markers fit no board of {board.columns} x {board.rows} squares (board.json)"
    needed = f"of the board's corners {found} are seen, at least {LEAST_CORNERS} are needed"
    return f"{needed}: the whole board in the picture, sharp, without glare"


def _dictionaries() -> list[str]:
    """Return the names of the dictionaries that boards may be printed with."""
    return ["4X4_50", "4X4_100", "5X5_50", "5X5_100", "6X6_50", "6X6_100"]


def _markers(grey: np.ndarray, dictionary: str) -> list[int]:
    """Return the numbers of the markers of a dictionary in a picture."""
    aruco = opencv().aruco
    detector = aruco.ArucoDetector(aruco.getPredefinedDictionary(getattr(aruco, f"DICT_{dictionary}")))
    numbers = detector.detectMarkers(grey)[1]
    return [] if numbers is None else numbers.ravel().tolist()
