"""A camera behind a socket: the fake cell's, or that of another machine."""

from __future__ import annotations

import json
import socket
import time
from typing import NoReturn

import numpy as np

from pushgrasp.deploy.cameras.cfg import CameraCfg
from pushgrasp.deploy.cameras.picture import StreamCamera, make_frame
from pushgrasp.deploy.cameras.wire import NEXT, PROTOCOL, receive_part, send_parts
from pushgrasp.deploy.devices import DeviceFault, Frame


class NetworkCamera(StreamCamera):
    """A client of :mod:`pushgrasp.deploy.cameras.wire`; see :class:`pushgrasp.deploy.devices.Camera`.

    The first fault ends the link.
    """

    def __init__(self, cfg: CameraCfg) -> None:
        """Connect and hear what the camera is.

        Raises:
            DeviceFault: If no camera's server answers there.
        """
        self._cfg = cfg
        try:
            self._link = socket.create_connection((cfg.address, cfg.port), timeout=cfg.patience)
        except OSError as error:
            remedy = "is its server running?"
            raise DeviceFault(f"{cfg.name}: no camera at {cfg.address}:{cfg.port} ({error}); {remedy}") from error
        self._link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            camera = json.loads(self._receive())
            if camera["protocol"] != PROTOCOL:
                raise ValueError(f"it speaks {camera['protocol']!r}, {PROTOCOL!r} is needed")
            self._matrix = np.array(camera["intrinsics"], dtype=float).reshape(3, 3)
            self._shape = int(camera["height"]), int(camera["width"])
        except (KeyError, TypeError, ValueError) as error:
            self._fail(f"{cfg.address}:{cfg.port} is no camera's server: {error}")

    def close(self) -> None:
        """End the link. Never raises."""
        self._link.close()

    def _take(self) -> Frame:
        """Ask for a picture and wait for it."""
        asked = time.monotonic()
        try:
            send_parts(self._link, NEXT)
        except OSError as error:
            self._fail(f"gone ({error}): look at its server, begin a new session")
        head, colour, depth = self._receive(), self._receive(), self._receive()
        try:
            about = json.loads(head)
            pixels = np.frombuffer(colour, np.uint8).reshape(*self._shape, 3)
            metres = np.frombuffer(depth, "<f4").reshape(self._shape)
            return make_frame(pixels, metres, asked + float(about["after"]), int(about["number"]))
        except (KeyError, TypeError, ValueError) as error:
            self._fail(f"its server sends what is no picture ({error})")

    def _receive(self) -> bytes:
        """Wait for a part."""
        try:
            return receive_part(self._link)
        except TimeoutError:
            self._fail(f"silent for {self._cfg.patience:g} s: look at the camera and its server")
        except OSError as error:
            self._fail(f"gone ({error}): look at its server, begin a new session")

    def _fail(self, what: str) -> NoReturn:
        self.close()
        raise DeviceFault(f"{self.name}: {what}")
