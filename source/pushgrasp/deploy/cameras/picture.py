"""What every driver does with a raw picture, and with the camera's numbers."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np

from pushgrasp.deploy.cameras.cfg import CameraCfg
from pushgrasp.deploy.devices import DeviceFault, Frame
from pushgrasp.grasping.predict.intrinsics import PIXEL_CENTRE

MOST_SHIFT = 1.0
"""Pixels that a lens may displace a point by; the project's cameras are pinholes."""


def make_frame(colour: np.ndarray, depth: np.ndarray, taken: float, number: int) -> Frame:
    """Return a picture in the form of :class:`~pushgrasp.deploy.devices.Frame`, on memory of its own.

    Args:
        colour: RGB, shape (h, w, 3), uint8.
        depth: Distance along the optical axis [m], shape (h, w); what is not finite or not above 0 becomes 0: no depth.
        taken: ``time.monotonic()`` [s].
        number: Of the picture.

    Raises:
        ValueError: If a shape or a type is wrong.
    """
    if colour.ndim != 3 or colour.shape[2] != 3 or colour.dtype != np.uint8:
        raise ValueError(f"colour has {colour.dtype} {colour.shape}: uint8 (h, w, 3) is needed")
    if depth.shape != colour.shape[:2]:
        raise ValueError(f"depth has shape {depth.shape}, colour {colour.shape[:2]}: depth aligned to colour is needed")
    metres = depth.astype(np.float32)
    metres[~np.isfinite(metres) | (metres <= 0.0)] = 0.0
    return Frame(colour.copy(), metres, taken, number)


def camera_matrix(fx: float, fy: float, cx: float, cy: float) -> np.ndarray:
    """Return the pinhole matrix [pixel], shape (3, 3), of a driver that puts pixel centres at whole numbers."""
    return np.array([[fx, 0.0, cx + PIXEL_CENTRE], [0.0, fy, cy + PIXEL_CENTRE], [0.0, 0.0, 1.0]])


def require_pinhole(name: str, matrix: np.ndarray, size: tuple[int, int], coefficients: Sequence[float]) -> None:
    """Refuse a lens that displaces points by more than :data:`MOST_SHIFT`.

    Args:
        name: How messages call the camera.
        matrix: Pinhole matrix [pixel], shape (3, 3).
        size: Width and height [pixel].
        coefficients: Of Brown and Conrady: k1, k2, p1, p2, k3. Whether the model runs forwards or backwards hardly
            matters for the size of a small displacement.

    Raises:
        DeviceFault: If it displaces more.
    """
    shift = largest_shift(matrix, size, coefficients)
    if shift > MOST_SHIFT:
        raise DeviceFault(
            f"{name}: the lens displaces points by up to {shift:.1f} pixels, {MOST_SHIFT:g} are allowed: let another "
            "program undistort colour and depth (ROS: image_proc) and use the driver 'folder'"
        )


def largest_shift(matrix: np.ndarray, size: tuple[int, int], coefficients: Sequence[float]) -> float:
    """Return by how much a lens displaces a point of the picture at most [pixel]; see :func:`require_pinhole`."""
    k1, k2, p1, p2, k3 = coefficients
    columns, rows = np.meshgrid(np.linspace(0, size[0], 33), np.linspace(0, size[1], 33))
    x, y = (columns - matrix[0, 2]) / matrix[0, 0], (rows - matrix[1, 2]) / matrix[1, 1]
    square = x * x + y * y
    radial = k1 * square + k2 * square**2 + k3 * square**3
    right = x * radial + 2 * p1 * x * y + p2 * (square + 2 * x * x)
    down = y * radial + 2 * p2 * x * y + p1 * (square + 2 * y * y)
    return float(np.hypot(matrix[0, 0] * right, matrix[1, 1] * down).max())


class StreamCamera(ABC):
    """What cameras have in common that are asked for one picture after the other."""

    _cfg: CameraCfg
    _matrix: np.ndarray

    @property
    def name(self) -> str:
        """How people and messages call it."""
        return self._cfg.name

    @property
    def intrinsics(self) -> np.ndarray:
        """Pinhole matrix of colour [pixel], shape (3, 3); the centre of the first pixel is at (0.5, 0.5)."""
        return self._matrix.copy()

    def grab(self, count: int) -> list[Frame]:
        """Return ``count`` pictures that follow each other, all taken after this call.

        Raises:
            DeviceFault: If none come, or they are not new.
        """
        return grab_after(self.name, time.monotonic(), count, self._cfg.patience, self._take)

    @abstractmethod
    def _take(self) -> Frame:
        """Wait for the next picture and return it."""


def grab_after(name: str, moment: float, count: int, patience: float, take: Callable[[], Frame]) -> list[Frame]:
    """Return pictures that were taken after a moment and are new, each of a number above the last one's.

    Args:
        name: How messages call the camera.
        moment: ``time.monotonic()`` [s].
        count: How many are wanted, at least 1.
        patience: Span of pictures that may be older than the moment, as those that waited in a queue [s].
        take: Waits for a picture and returns it.

    Raises:
        ValueError: If ``count`` is below 1.
        DeviceFault: If the pictures are not new.
    """
    if count < 1:
        raise ValueError(f"count={count}: at least 1 picture is needed")
    frames: list[Frame] = []
    last = -1
    while len(frames) < count:
        frame = take()
        if frame.taken >= moment and frame.number > last:
            frames.append(frame)
            last = frame.number
        elif time_over(moment, patience):
            age = moment - frame.taken
            what = f"was taken {age:.2f} s before it was asked for" if age > 0 else "came again and again"
            raise DeviceFault(f"{name}: not new: picture {frame.number} {what}: look at the camera and its cable")
    return frames


def time_over(moment: float, patience: float) -> bool:
    """Tell whether more than ``patience`` [s] has gone by since a moment of ``time.monotonic()``."""
    return time.monotonic() > moment + patience
