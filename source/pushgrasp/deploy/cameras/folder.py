"""A folder of pictures as a camera: what other programs write (ROS 2, other makes), and replays.

``camera.json`` (or another file ``camera.*`` that :func:`pushgrasp.grasping.predict.intrinsics.read_intrinsics` reads)
beside ``000001_colour.png`` and ``000001_depth.png`` (16 bits, millimetres unless the camera's file says otherwise) or
``000001_depth.npy`` (metres), ``000002_...``. Other programs write depth last, and under another name that is changed
when the file is whole.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
from PIL import Image

from pushgrasp.deploy.cameras.cfg import CameraCfg
from pushgrasp.deploy.cameras.picture import make_frame
from pushgrasp.deploy.devices import DeviceFault, Frame
from pushgrasp.files.atomic import atomic_write
from pushgrasp.grasping.predict.inputs import read_colour, read_depth
from pushgrasp.grasping.predict.intrinsics import PIXEL_CENTRE, Intrinsics, read_intrinsics

LOOK = 0.02
"""From one look into the folder to the next [s]."""


class FolderCamera:
    """The pictures of a folder, in the order of their numbers; see :class:`pushgrasp.deploy.devices.Camera`."""

    def __init__(self, cfg: CameraCfg) -> None:
        """Read the camera's file.

        Raises:
            DeviceFault: If there is no folder, or not one file of a camera in it.
            ValueError: If that file cannot be read or is of no pinhole camera.
        """
        self._cfg, self._folder, self._last = cfg, Path(cfg.folder), -1
        files = sorted(self._folder.glob("camera.*"))
        if len(files) != 1:
            remedy = "one file camera.json, .yaml or .npy with its intrinsics is needed"
            raise DeviceFault(f"{cfg.name}: {len(files)} files {self._folder / 'camera.*'}: {remedy}")
        self._camera: Intrinsics = read_intrinsics([str(files[0])])

    @property
    def name(self) -> str:
        """How people and messages call it."""
        return self._cfg.name

    @property
    def intrinsics(self) -> np.ndarray:
        """Pinhole matrix [pixel], shape (3, 3); the centre of the first pixel is at (0.5, 0.5)."""
        return self._camera.matrix.double().numpy()

    def grab(self, count: int) -> list[Frame]:
        """Return ``count`` pictures that follow each other.

        A live folder's are all written after this call; otherwise those that have not been returned yet, and ``taken``
        is the moment of reading.

        Raises:
            DeviceFault: If none come, or one cannot be read.
        """
        if count < 1:
            raise ValueError(f"count={count}: at least 1 picture is needed")
        moment = time.time()
        return [self._next(moment) for _ in range(count)]

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def _next(self, moment: float) -> Frame:
        """Wait for the next picture."""
        until = time.monotonic() + (self._cfg.patience if self._cfg.live else 0.0)
        while True:
            for number, depth in _numbered(self._folder):
                if number > self._last and (not self._cfg.live or depth.stat().st_mtime >= moment):
                    self._last = number
                    return self._read(number, depth)
            if time.monotonic() >= until:
                raise DeviceFault(self._nothing())
            time.sleep(LOOK)

    def _nothing(self) -> str:
        if not self._cfg.live:
            return f"{self.name}: no more pictures in {self._folder}; the last one was {self._last}"
        remedy = "is the program that writes them running, and does its number rise with every picture?"
        return f"{self.name}: no new picture in {self._folder} within {self._cfg.patience:g} s: {remedy}"

    def _read(self, number: int, depth: Path) -> Frame:
        """Read one picture."""
        colour = depth.with_name(f"{depth.stem.removesuffix('_depth')}_colour.png")
        age = time.time() - depth.stat().st_mtime if self._cfg.live else 0.0
        scale = self._camera.per_metre if depth.suffix == ".png" else None
        try:
            pixels, metres = read_colour(colour).permute(1, 2, 0).numpy(), read_depth(depth, scale).numpy()
            self._camera.require_fit(*metres.shape)
            return make_frame(pixels, metres, time.monotonic() - age, number)
        except (OSError, ValueError) as error:
            raise DeviceFault(f"{self.name}: picture {number} cannot be used: {error}") from error


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    """Depth files with their numbers, in order."""
    files = [file for ending in ("png", "npy") for file in folder.glob(f"*_depth.{ending}")]
    return sorted((int(number), file) for file in files if (number := file.stem.removesuffix("_depth")).isdigit())


def write_camera(folder: Path, intrinsics: np.ndarray) -> None:
    """Write a camera's file for :class:`FolderCamera`.

    Args:
        folder: Where to.
        intrinsics: Pinhole matrix [pixel], shape (3, 3), the centre of the first pixel at (0.5, 0.5).

    Raises:
        OSError: If it cannot be written.
    """
    numbers = {"fx": intrinsics[0, 0], "fy": intrinsics[1, 1]}
    numbers |= {"cx": intrinsics[0, 2] - PIXEL_CENTRE, "cy": intrinsics[1, 2] - PIXEL_CENTRE}
    text = json.dumps({name: float(number) for name, number in numbers.items()}, indent=1)
    atomic_write(folder / "camera.json", lambda file: file.write(text.encode()))


def write_frame(folder: Path, frame: Frame) -> None:
    """Write a picture for :class:`FolderCamera`, which reads it again to the bit.

    Raises:
        OSError: If it cannot be written.
    """
    stem = f"{frame.number:06d}"
    picture = Image.fromarray(frame.colour)
    atomic_write(folder / f"{stem}_colour.png", lambda file: picture.save(file, format="png", compress_level=1))
    atomic_write(folder / f"{stem}_depth.npy", lambda file: np.save(file, frame.depth, allow_pickle=False))
