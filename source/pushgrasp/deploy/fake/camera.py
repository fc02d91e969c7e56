"""A camera's server on loopback, with a simulation that renders its pictures."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable
from enum import Enum

import numpy as np

from pushgrasp.deploy.cameras.wire import PROTOCOL, receive_part, send_parts

Render = Callable[[], tuple[np.ndarray, np.ndarray]]
"""Returns colour, RGB uint8 (h, w, 3), and depth [m], shape (h, w), 0 where there is none."""

LOOK = 0.05
"""How often a server that waits looks whether it is to end [s]."""


class CameraTrouble(Enum):
    """What can go wrong with it."""

    GONE = "gone"
    """It ends every link."""
    SILENT = "silent"
    """It hears everything and answers nothing."""
    STALE = "stale"
    """It gives the same picture again and again, with its old stamp."""
    DARK = "dark"
    """Its colour is black."""
    BLIND = "blind"
    """Its depth is NaN."""


class CameraServer:
    """Serves one client after the other, all in the thread that calls :meth:`serve`, where rendering happens too."""

    def __init__(
        self, render: Render, intrinsics: np.ndarray, size: tuple[int, int], address: str = "127.0.0.1", port: int = 0
    ) -> None:
        """Listen.

        Args:
            render: Renders a picture of now.
            intrinsics: Pinhole matrix [pixel], shape (3, 3), the centre of the first pixel at (0.5, 0.5).
            size: Width and height of the pictures [pixel].
            address: Where to listen.
            port: Where to listen; 0: any free one.

        Raises:
            OSError: If the port is taken.
        """
        self.trouble: CameraTrouble | None = None
        """What goes wrong from now on; may be set at any time, from any thread."""
        self._render, self._number = render, 0
        self._picture: tuple[dict[str, float], bytes, bytes] | None = None
        about = {"protocol": PROTOCOL, "intrinsics": intrinsics.tolist(), "width": size[0], "height": size[1]}
        self._greeting = json.dumps(about).encode()
        self._socket = socket.create_server((address, port))
        self._socket.settimeout(LOOK)
        self._ending = threading.Event()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._socket.getsockname()[1]

    def serve(self) -> None:
        """Answer until :meth:`end` is called from another thread."""
        with self._socket:
            while not self._ending.is_set():
                with contextlib.suppress(OSError):  # nobody connects, or a client goes
                    link, _ = self._socket.accept()
                    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._serve(link)

    def end(self) -> None:
        """Let :meth:`serve` return."""
        self._ending.set()

    def _serve(self, link: socket.socket) -> None:
        """Answer one client until it goes."""
        with link:
            send_parts(link, self._greeting)
            while self._asked(link):
                if self.trouble is not CameraTrouble.SILENT:
                    send_parts(link, *self._answer(time.monotonic()))

    def _asked(self, link: socket.socket) -> bool:
        """Wait for the client's question; False once there is none to answer any more."""
        link.settimeout(LOOK)
        while not self._ending.is_set() and self.trouble is not CameraTrouble.GONE:
            try:
                link.recv(1, socket.MSG_PEEK)
            except TimeoutError:
                continue
            link.settimeout(None)
            receive_part(link)
            return self.trouble is not CameraTrouble.GONE
        return False

    def _answer(self, asked: float) -> tuple[bytes, bytes, bytes]:
        """Parts of a picture, for a question that came at a moment of ``time.monotonic()``."""
        if self._picture is None or self.trouble is not CameraTrouble.STALE:
            taken = time.monotonic()
            colour, depth = self._render()
            colour = np.zeros_like(colour) if self.trouble is CameraTrouble.DARK else colour
            depth = np.full_like(depth, np.nan) if self.trouble is CameraTrouble.BLIND else depth
            self._number += 1
            about = {"number": self._number, "taken": taken}
            self._picture = about, colour.astype(np.uint8).tobytes(), depth.astype("<f4").tobytes()
        about, pixels, metres = self._picture
        head = {"number": about["number"], "after": about["taken"] - asked}
        return json.dumps(head).encode(), pixels, metres
