"""The picture that the cell's camera takes: colour, depth, and which object is where."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np
from scipy.spatial.transform import Rotation

from pushgrasp.settings import Count, Positive, Settings

from .raster import NOTHING, Lens, rasterise

SKY, GROUND = (0.20, 0.20, 0.225), (0.05, 0.05, 0.06)
"""Light from above and from below, as the simulator's camera has it."""

LAMP = (3.0**-0.5, -(3.0**-0.5), 3.0**-0.5)
"""Direction towards the lamp, world frame."""


@dataclass
class CellCameraCfg(Settings):
    """The cell's camera; by default its picture shows what the simulator's square one shows, and more at both sides."""

    width: Count = 640
    """[pixels]"""
    height: Count = 480
    """[pixels]"""
    focal: Positive = 800.0
    """Focal length [pixels]; the optical axis goes through the middle."""
    position: tuple[float, float, float] = (0.0, 0.0, 2.0)
    """Optical centre, world frame [m]."""
    quaternion: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)
    """Turn (x, y, z, w) from the optical frame (x right, y down, z forward) to the world; looks straight down."""

    @property
    def lens(self) -> Lens:
        """The pinhole camera."""
        return Lens(self.width, self.height, self.focal)

    @property
    def rotation(self) -> np.ndarray:
        """Optical frame to world, shape (3, 3)."""
        return Rotation.from_quat(self.quaternion).as_matrix()


def simulator_camera() -> CellCameraCfg:
    """Return the simulator's camera: 288 x 288 pixels that show 1.2 m of the table."""
    return CellCameraCfg(width=288, height=288, focal=480.0)


@dataclass(frozen=True)
class CellGeometry:
    """V vertices and F triangles, counter-clockwise from outside, on bodies."""

    vertices: np.ndarray
    """In the frame of each one's body [m], shape (V, 3)."""
    body: np.ndarray
    """Number of each vertex's body in the model, shape (V,)."""
    faces: np.ndarray
    """Numbers of vertices, shape (F, 3)."""
    colour: np.ndarray
    """Linear RGB of each triangle, 0 to 1, shape (F, 3)."""
    thing: np.ndarray
    """What each triangle belongs to: number of an object plus 1, 0 for the rig, shape (F,)."""

    def corners(self, poses: np.ndarray) -> np.ndarray:
        """Return the triangles (F, 3, 3) [m] where bodies are at poses (B, 7): position, quaternion (x, y, z, w)."""
        rotation = Rotation.from_quat(poses[:, 3:]).as_matrix()
        placed = np.einsum("vij,vj->vi", rotation[self.body], self.vertices) + poses[self.body, :3]
        return placed[self.faces]


@dataclass(frozen=True)
class Picture:
    """What a perfect camera sees."""

    colour: np.ndarray
    """RGB, shape (h, w, 3), uint8."""
    depth: np.ndarray
    """Distance to the image plane [m], shape (h, w), float32; 0 where nothing is."""
    ids: np.ndarray
    """Number of the object in each pixel plus 1, 0 for all else, shape (h, w), int64."""


def take_picture(geometry: CellGeometry, poses: np.ndarray, camera: CellCameraCfg) -> Picture:
    """Return the picture of bodies at poses (B, 7): position [m] and quaternion (x, y, z, w), world frame."""
    corners = geometry.corners(poses)
    number, depth = rasterise((corners - camera.position) @ camera.rotation, camera.lens)
    lit = _encoded(geometry.colour * _light(corners))
    there = number != NOTHING
    colour = np.zeros((*number.shape, 3), dtype=np.uint8)
    colour[there] = lit[number[there]]
    return Picture(colour, depth, np.where(there, geometry.thing[number], 0))


def answer_poses(pipe: Connection, geometry: CellGeometry, camera: CellCameraCfg) -> None:
    """Answer poses with pictures until the other end closes: the work of a process of its own.

    An interruption is for the process that started this one.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            pipe.send(take_picture(geometry, pipe.recv(), camera))
        except (EOFError, OSError):
            return


def _light(corners: np.ndarray) -> np.ndarray:
    """Light that falls on triangles (F, 3, 3), by colour channel, shape (F, 3)."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True).clip(min=1e-12)
    up = 0.5 + 0.5 * normal[:, 2:]
    return up * SKY + (1.0 - up) * GROUND + (normal @ LAMP).clip(min=0.0)[:, None]


def _encoded(linear: np.ndarray) -> np.ndarray:
    """Linear light as sRGB bytes (IEC 61966-2-1), rounded down as the simulator does."""
    linear = linear.clip(0.0, 1.0)
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1.0 / 2.4) - 0.055)
    return (255.0 * curved).astype(np.uint8)
