"""The ChArUco board: a chessboard with a marker in each white square, so that each corner has a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np

from pushgrasp.deploy.opencv import opencv
from pushgrasp.settings import NotNegative, Positive, Range, Settings

Squares = Annotated[int, Range(least=3, most=30)]


@dataclass(frozen=True)
class BoardCfg(Settings):
    """The board.

    Its frame lies in the middle of the printed side: x to the right, y up, z out of the paper. The default fits A4.

    Raises:
        ValueError: If a number is out of range, the markers do not fit, or the dictionary has too few of them.
    """

    columns: Squares = 7
    """Squares from left to right."""
    rows: Squares = 5
    """Squares from top to bottom."""
    square: Positive = 0.035
    """Side of a square, as measured on the print [m]."""
    marker: Positive = 0.026
    """Side of a marker [m]."""
    dictionary: Literal["4X4_50", "4X4_100", "5X5_50", "5X5_100", "6X6_50", "6X6_100"] = "4X4_50"
    """Dictionary of the markers, as OpenCV names it."""
    thickness: NotNegative = 0.003
    """Thickness of the plate with the paper on it [m]: what the printed side lies over the table."""

    def check(self, where: str) -> None:
        """Refuse a board that cannot be."""
        super().check(where)
        if not 0.5 * self.square <= self.marker < self.square:
            raise ValueError(f"{where}.marker={self.marker}: half to a whole square ({self.square}) is needed")
        available, needed = int(self.dictionary.partition("_")[2]), self.columns * self.rows // 2
        if needed > available:
            raise ValueError(f"{where}.dictionary={self.dictionary!r} has {available} markers; {needed} are needed")

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the printed squares [m]."""
        return self.columns * self.square, self.rows * self.square

    @property
    def corners(self) -> np.ndarray:
        """The inner corners by number [m], board frame, shape ((columns - 1) * (rows - 1), 3)."""
        column, row = np.meshgrid(np.arange(1, self.columns), np.arange(1, self.rows))
        x, y = column - 0.5 * self.columns, 0.5 * self.rows - row
        return self.square * np.stack((x, y, 0.0 * x), axis=-1).reshape(-1, 3)

    @property
    def outline(self) -> np.ndarray:
        """The four outer corners of the squares [m], board frame, shape (4, 3)."""
        signs = np.array([(-1.0, 1.0, 0.0), (1.0, 1.0, 0.0), (1.0, -1.0, 0.0), (-1.0, -1.0, 0.0)])
        return 0.5 * signs * (*self.size, 0.0)

    def opencv_board(self) -> Any:  # noqa: ANN401 - OpenCV is optional
        """Return the board as OpenCV has it.

        Raises:
            UserError: If OpenCV is not installed.
        """
        aruco = opencv().aruco
        dictionary = aruco.getPredefinedDictionary(getattr(aruco, f"DICT_{self.dictionary}"))
        return aruco.CharucoBoard((self.columns, self.rows), self.square, self.marker, dictionary)

    def picture(self, per_metre: float) -> np.ndarray:
        """Return the board as it is printed, uint8, shape (h, w); ``per_metre`` is the resolution [pixel/m].

        Raises:
            UserError: If OpenCV is not installed.
        """
        width, height = (round(side * per_metre) for side in self.size)
        return self.opencv_board().generateImage((width, height))
