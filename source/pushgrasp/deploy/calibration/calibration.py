"""A calibration: what it says of the cell, how good it is, and its file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from pushgrasp.deploy.calibration.rigid import quaternion_of, rigid_of_quaternion
from pushgrasp.files.atomic import atomic_write
from pushgrasp.files.json_files import read_json
from pushgrasp.files.text_files import FileError
from pushgrasp.files.typed_json import build, to_plain

SCHEMA = "pushgrasp-calibration-1"
"""First word of the file."""


@dataclass(frozen=True)
class Pose:
    """A frame in another one."""

    position: tuple[float, ...]
    """Origin [m], 3 numbers."""
    quaternion: tuple[float, ...]
    """Rotation (x, y, z, w)."""

    @staticmethod
    def of(transform: np.ndarray) -> Pose:
        """Return the pose of a transform, shape (4, 4)."""
        return Pose(tuple(transform[:3, 3].tolist()), tuple(quaternion_of(transform).tolist()))

    @property
    def transform(self) -> np.ndarray:
        """The transform, shape (4, 4)."""
        return rigid_of_quaternion(np.array(self.position), np.array(self.quaternion))


@dataclass(frozen=True)
class CameraCalibration:
    """The camera."""

    pose: Pose
    """Optical frame (x right, y down, z forward) in the world."""
    intrinsics: tuple[float, ...]
    """fx, fy, cx, cy [pixel]; the centre of the first pixel is at (0.5, 0.5)."""
    size: tuple[int, ...]
    """Width and height of the pictures [pixel]."""

    @property
    def matrix(self) -> np.ndarray:
        """Pinhole matrix [pixel], shape (3, 3)."""
        fx, fy, cx, cy = self.intrinsics
        return np.array(((fx, 0.0, cx), (0.0, fy, cy), (0.0, 0.0, 1.0)))


@dataclass(frozen=True)
class ArmCalibration:
    """One arm."""

    base: Pose
    """Base frame of the controller in the world."""
    board: Pose
    """The board in the tool frame, while the pictures were taken."""
    poses: int
    """Pictures."""
    rms: float
    """Distance of predicted from seen corners [pixel]."""
    worst_picture: str
    """The picture that fits least."""
    worst_rms: float
    """The distance in that picture [pixel]."""
    held_out: float
    """Largest error of a pose that the solution did not know [m]."""
    scale: float
    """Size of the board as the arm measures it, in units of the size that it should have."""
    touch: float | None = None
    """Largest distance of a touched point from where it should be [m]; None before the touch test."""


@dataclass(frozen=True)
class Calibration:
    """The whole cell; arms by name."""

    date: str
    """When it was solved, ISO 8601, UTC."""
    digest: str
    """SHA-256 over the files that it comes from."""
    table: str
    """What the world comes from."""
    table_rms: float | None
    """Distance of predicted from seen corners of the boards on the table [pixel]; None from depth."""
    camera: CameraCalibration
    arms: Mapping[str, ArmCalibration]
    arm_to_arm: float | None = None
    """Largest distance of what both arms say of a point that both have touched [m]; None before, and for one arm."""

    @property
    def age(self) -> float:
        """Time since it was solved [s]."""
        return (datetime.now(UTC) - datetime.fromisoformat(self.date)).total_seconds()


def write_calibration(path: Path, calibration: Calibration) -> None:
    """Write the file.

    Raises:
        OSError: If it cannot be written.
    """
    content = {"schema": SCHEMA, **_plain(calibration)}
    atomic_write(path, lambda file: file.write(f"{json.dumps(content, indent=2)}\n".encode()))


def read_calibration(path: Path) -> Calibration:
    """Read the file.

    Raises:
        FileError: If it is no calibration, naming file and field.
        OSError: If it cannot be read.
    """
    content = read_json(path)
    schema = content.pop("schema", None) if isinstance(content, dict) else type(content).__name__
    if schema != SCHEMA:
        raise FileError(f"{path}: schema {schema!r}, this program reads {SCHEMA!r} (scripts/calibrate.py solve)")
    try:
        calibration = build(Calibration, content)
        _ = calibration.age, [part.transform for part in _poses(calibration)], calibration.camera.matrix
    except (ValueError, TypeError) as error:
        raise FileError(f"{path}: {error}") from None
    return calibration


def cell_section(calibration: Calibration) -> dict[str, Any]:
    """Return the fields of ``cell.yaml`` that a calibration fills in, as plain data: metres, quaternions (x, y, z, w).

    Arms are listed with their names, for the lines of each arm's own entry.
    """
    camera = calibration.camera
    return {
        "calibration": {"date": calibration.date.partition("T")[0], "digest": calibration.digest},
        "camera": {"size": list(camera.size), **_plain(camera.pose), "intrinsics": list(camera.intrinsics)},
        "arms": [{"name": name, **_plain(arm.base)} for name, arm in calibration.arms.items()],
    }


def _poses(calibration: Calibration) -> list[Pose]:
    return [calibration.camera.pose, *(pose for arm in calibration.arms.values() for pose in (arm.base, arm.board))]


def _plain(value: object) -> dict[str, Any]:
    plain = to_plain(value)
    return plain if isinstance(plain, dict) else {}
