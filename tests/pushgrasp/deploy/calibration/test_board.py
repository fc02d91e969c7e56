"""The board, its page, and its corners in pictures."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pushgrasp.deploy.calibration.board import BoardCfg
from pushgrasp.deploy.calibration.board_pdf import paper_of, write_board
from pushgrasp.deploy.calibration.detection import board_pose, find_corners
from pushgrasp.deploy.calibration.rigid import apply, inverse, project

INTRINSICS = np.array(((921.3, 0.0, 642.1), (0.0, 919.8, 357.6), (0.0, 0.0, 1.0)))


def test_corners_are_those_of_opencv() -> None:
    board = BoardCfg(columns=8, rows=6, square=0.03, marker=0.02)
    theirs = board.opencv_board().getChessboardCorners()  # from the top left corner, y down
    assert board.corners == pytest.approx(theirs * (1.0, -1.0, 1.0) + (-0.12, 0.09, 0.0), abs=1.0e-6)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"columns": 2}, r"columns=2: a whole number of at least 3"),
        ({"marker": 0.035}, r"marker=0.035: half to a whole square"),
        ({"columns": 12, "rows": 9}, r"4X4_50' has 50 markers; 54 are needed"),
        ({"square": -1.0}, r"square=-1.0"),
        ({"dictionary": "7X7"}, r"one of 4X4_50"),
    ],
)
def test_boards_that_cannot_be(fields: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BoardCfg(**fields)


def test_page_is_to_scale(tmp_path: Path) -> None:
    board = BoardCfg()
    assert write_board(tmp_path / "board.pdf", board) == "A4"
    content = (tmp_path / "board.pdf").read_bytes()
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)", content)
    point = 0.0254 / 72
    assert [float(side) * point for side in box.groups()] == pytest.approx((0.297, 0.210), abs=1.0e-5)
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    page = next(text for text in map(zlib.decompress, streams) if b"/I1 Do" in text)
    number = rb"(-?[\d.]+)\s+"
    placed = re.search(rb"1 0 0 1 " + 2 * number + rb"cm\s+" + number + rb"0 0 " + 3 * number + rb"cm\s+/I1 Do", page)
    left, bottom, width, height, *_ = (abs(float(word)) * point for word in placed.groups())
    assert (width, height) == pytest.approx(board.size, abs=1.0e-4)
    assert (left, bottom) == pytest.approx((0.026, 0.0175), abs=1.0e-4)  # in the middle of the page
    line = re.search(number + number + rb"m\s+" + number + number + rb"l\s+S", page)
    assert float(line[3]) * point - float(line[1]) * point == pytest.approx(0.1, abs=1.0e-5)


def test_paper() -> None:
    assert paper_of(BoardCfg(square=0.05, marker=0.04)) == "A3"
    with pytest.raises(ValueError, match="fits none of A4, A3"):
        paper_of(BoardCfg(square=0.2, marker=0.15))


def test_corners_are_found_where_they_are(cell: Callable) -> None:
    made = cell(1)
    lying = made.lying(0.1, 0.1, 0.5)
    found = find_corners(made.picture(lying), made.board, "picture")
    assert len(found.points) == 24
    true = project(apply(inverse(made.world_from_camera) @ lying, found.points), INTRINSICS)
    off = found.pixels - true
    assert np.abs(off.mean(axis=0)).max() < 0.05  # half a pixel would show
    assert np.abs(off).max() < 0.3
    pose = board_pose(found, INTRINSICS)
    assert pose == pytest.approx(inverse(made.world_from_camera) @ lying, abs=0.03)
    assert pose[2, 2] < -0.9  # z out of the paper, towards the camera


def test_pictures_without_the_board(cell: Callable) -> None:
    made = cell(1)
    picture = made.picture(made.lying(0.1, 0.1, 0.5))
    faults = {
        "p.png: of the board's corners 0 are seen, at least 8": (np.zeros_like(picture), made.board),
        "p.png: the picture or the print is mirrored": (picture[:, ::-1], made.board),
        "another board: its markers are of dictionary 4X4_.*, board.json says 5X5_50": (
            picture,
            replace(made.board, dictionary="5X5_50"),
        ),
        "another board: marker 16 of 4X4_50 is not on the one": (picture, replace(made.board, columns=5)),
    }
    for message, (shown, board) in faults.items():
        with pytest.raises(ValueError, match=message):
            find_corners(shown, board, "p.png")
    left = np.sort(find_corners(picture, made.board, "p.png").pixels[:, 0])
    picture[:, int(left[6]) :] = 110  # a hand over all but six of the corners
    with pytest.raises(ValueError, match=r"of the board's corners \d are seen"):
        find_corners(picture, made.board, "p.png")
