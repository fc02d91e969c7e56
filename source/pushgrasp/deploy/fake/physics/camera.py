"""The cell's camera: pictures taken in a process of its own, so that the physics keeps time meanwhile."""

from __future__ import annotations

import multiprocessing
import threading

import torch

from pushgrasp.deploy.devices import DeviceFault
from pushgrasp.perception.camera_noise import CameraNoise, CameraNoiseCfg

from .cell import CellPhysics
from .geometry import cell_geometry
from .picture import CellCameraCfg, Picture, answer_poses

LONGEST = 20.0
"""A picture, the start of the process included, takes no longer [s]."""


class CellCamera:
    """Takes pictures of a cell as it is when they are asked for; may be asked from any thread."""

    def __init__(
        self, cell: CellPhysics, cfg: CellCameraCfg | None = None, noise: CameraNoiseCfg | None = None, seed: int = 0
    ) -> None:
        """Start the process.

        Args:
            cell: The physics.
            cfg: Lens and pose.
            noise: Errors of colour and depth; None for a perfect camera. Where a camera is wrongly thought to be is
                not the camera's: shift and tilt change nothing.
            seed: Of the noise.
        """
        self.cfg = cfg or CellCameraCfg()
        """Lens and pose."""
        self._cell, self._lock = cell, threading.Lock()
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        work = (theirs, cell_geometry(cell.model, cell.scene), self.cfg)
        self._noise = None if noise is None else CameraNoise(noise, torch.Generator().manual_seed(seed))
        self._process = context.Process(target=answer_poses, args=work, name="cell camera", daemon=True)
        self._process.start()
        theirs.close()

    def picture(self) -> Picture:
        """Return a picture of the cell as it is now.

        Raises:
            DeviceFault: If the process is gone.
        """
        with self._lock:
            try:
                self._pipe.send(self._cell.body_poses())
                if self._pipe.poll(LONGEST):
                    picture = self._pipe.recv()
                    return picture if self._noise is None else _noisy(picture, self._noise)
            except (EOFError, OSError) as error:
                raise DeviceFault("fake camera: its process has ended; start the cell again") from error
        raise DeviceFault(f"fake camera: no picture within {LONGEST:g} s; start the cell again")

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join(LONGEST)
        if self._process.is_alive():
            self._process.kill()


def _noisy(picture: Picture, noise: CameraNoise) -> Picture:
    """Return the picture that a real camera gives instead."""
    colour, depth = noise.picture(torch.from_numpy(picture.colour), torch.from_numpy(picture.depth))
    return Picture(colour.numpy(), depth.numpy(), picture.ids)
