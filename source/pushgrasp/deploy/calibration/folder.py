"""The folder with all that a calibration is solved from.

    board.json          fields of BoardCfg, as scripts/calibrate.py board writes them
    camera.json         factory intrinsics as RealSense, OpenCV or ROS write them: fx fy cx cy width height
    left/poses.json     [{"picture": "0000.png", "tcp": [x, y, z, rx, ry, rz]}, ...] or "joints": [q1, ..., q6]
    left/0000.png       the board in the left gripper, the arm at rest; further ones, 15 at least
    right/              the same for the right arm; folders are called as the cell's file calls the arms
    table/0000.png      the board lying in the middle of the workspace; further ones elsewhere on the table, 5 at least
    table/depth.npy     instead of pictures of the table: depth of the bare table [m]

``tcp`` is what the controller says [m, rad], by its own kinematic calibration; joints [rad] are put through the nominal
kinematics, which is up to centimetres worse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pushgrasp.deploy.calibration.board import BoardCfg
from pushgrasp.deploy.calibration.detection import Corners, find_corners
from pushgrasp.deploy.calibration.readings import read_readings
from pushgrasp.deploy.calibration.reprojection import Observation
from pushgrasp.files.json_files import read_json
from pushgrasp.files.text_files import FileError
from pushgrasp.grasping.predict.inputs import read_colour, read_depth
from pushgrasp.grasping.predict.intrinsics import Intrinsics, read_intrinsics

BOARD, CAMERA, POSES, TABLE, DEPTH = "board.json", "camera.json", "poses.json", "table", "depth.npy"
"""Names in the folder."""

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Inputs:
    """What a folder holds, the board found in every picture."""

    board: BoardCfg
    intrinsics: np.ndarray
    """Pinhole matrix [pixel], shape (3, 3), pixel centres at halves."""
    size: tuple[int, int]
    """Width and height of the pictures [pixel]."""
    arms: Mapping[str, list[Observation]]
    """Pictures of the board in each gripper."""
    table: list[Corners]
    """The board on the table; empty where there is a depth picture."""
    depth: np.ndarray | None
    """Depth of the table [m], shape (h, w)."""
    digest: str
    """SHA-256 over the names and contents of the files."""


def read_folder(folder: Path) -> Inputs:
    """Read a folder, and find the board in all of its pictures.

    Raises:
        FileError: If something is missing, damaged, of another size, or does not show the board; all such pictures
            are named.
        OSError: If a file cannot be read.
        UserError: If OpenCV is not installed.
    """
    if not folder.is_dir():
        raise FileError(f"no folder {folder}")
    board, camera = read_board(folder / BOARD), read_intrinsics([str(folder / CAMERA)])
    names = sorted(path.parent.name for path in folder.glob(f"*/{POSES}"))
    if not names:
        raise FileError(f"{folder} has no folder of an arm, such as left, with {POSES} and pictures of the board")
    reader = _Reader(board, camera, camera.size)
    arms = {name: _read_arm(folder / name, name, reader) for name in names}
    table, depth = _read_table(folder / TABLE, reader)
    if reader.faults:
        raise FileError(*reader.faults)
    size = reader.size or (0, 0)
    matrix = camera.matrix.double().numpy()
    return Inputs(board, matrix, size, arms, table, depth, folder_digest(folder, (*names, TABLE)))


def read_board(path: Path) -> BoardCfg:
    """Read the board.

    Raises:
        FileError: If it cannot be used, naming file and field.
        OSError: If it cannot be read.
    """
    content = read_json(path)
    if not isinstance(content, dict):
        raise FileError(f"{path}: an object {{...}} is needed")
    try:
        return BoardCfg(**content)
    except (TypeError, ValueError) as error:
        raise FileError(f"{path}: {error}") from None


def read_picture(path: Path) -> np.ndarray:
    """Return a picture, RGB, uint8, shape (h, w, 3).

    Raises:
        ValueError: If it is none.
        OSError: If it cannot be read.
    """
    return read_colour(path).permute(1, 2, 0).contiguous().numpy()


def folder_digest(folder: Path, parts: tuple[str, ...]) -> str:
    """Return the SHA-256 over board, camera and all files of some folders in it, names included."""
    files = [folder / BOARD, folder / CAMERA, *(path for part in parts for path in (folder / part).glob("*"))]
    digest = hashlib.sha256()
    for path in sorted(path for path in files if path.is_file() and not path.name.startswith(".")):
        digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@dataclass
class _Reader:
    """Finds the board in pictures of one size, and collects what is wrong with them."""

    board: BoardCfg
    camera: Intrinsics
    size: tuple[int, int] | None
    faults: list[str] = field(default_factory=list)

    def corners(self, path: Path) -> Corners | None:
        """Return the corners in a picture, None where something is wrong with it."""
        try:
            picture = read_picture(path)
            self._require_size(path, *picture.shape[:2])
            return find_corners(picture, self.board, str(path))
        except (ValueError, OSError) as error:
            self.faults.append(str(error))
            return None

    def _require_size(self, path: Path, height: int, width: int) -> None:
        self.size = self.size or (width, height)
        if (width, height) != self.size:
            raise FileError(f"{path}: {width} x {height} pixels; {self.size[0]} x {self.size[1]} are needed")
        self.camera.require_fit(height, width)


def _read_arm(folder: Path, arm: str, reader: _Reader) -> list[Observation]:
    """Read the pictures of one arm."""
    readings = read_readings(folder / POSES)
    seen = [(reading, reader.corners(folder / reading.picture)) for reading in readings]
    return [
        Observation(f"{arm}/{reading.picture}", reading.base_from_tool, corners)
        for reading, corners in seen
        if corners is not None
    ]


def _read_table(folder: Path, reader: _Reader) -> tuple[list[Corners], np.ndarray | None]:
    """Read the pictures of the board on the table, or the depth of the table."""
    pictures = picture_files(folder)
    if pictures:
        return [corners for path in pictures if (corners := reader.corners(path)) is not None], None
    if (folder / DEPTH).is_file():
        depth = read_depth(folder / DEPTH).double().numpy()
        reader.camera.require_fit(*depth.shape)
        return [], depth
    raise FileError(f"{folder}: neither pictures of the board on the table nor {DEPTH} are there")


def picture_files(folder: Path) -> list[Path]:
    """Return the pictures of a folder by name."""
    return sorted(path for path in folder.glob("*") if path.suffix.lower() in PICTURE_ENDINGS)
