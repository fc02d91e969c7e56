"""Settings of the camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pushgrasp.settings import Count, Positive, Range, Settings

WarmUp = Annotated[int, Range(least=0, most=300)]


@dataclass
class CameraCfg(Settings):
    """The overhead camera; each driver reads what concerns it."""

    driver: Literal["realsense", "orbbec", "folder", "network"] = "realsense"
    """What reads it."""
    name: str = "camera"
    """How people and messages call it."""
    patience: Positive = 2.0
    """Longest wait for a picture, and for a link [s]."""

    serial: str = ""
    """realsense: serial number; empty: the only one there is."""
    width: Count = 848
    """realsense, orbbec: columns of both streams [pixel]; a D435 is best at 848 x 480, a D415 at 1280 x 720."""
    height: Count = 480
    """realsense, orbbec: rows of both streams [pixel]."""
    rate: Count = 30
    """realsense, orbbec: pictures per second [Hz]."""
    warm_up: WarmUp = 30
    """realsense, orbbec: pictures that are thrown away while the automatic exposure settles."""
    exposure: Positive | None = None
    """realsense: exposure of colour in the driver's own unit, as the RealSense Viewer shows it; None: automatic."""
    gain: Positive | None = None
    """realsense: gain of colour, likewise; set together with ``exposure``."""

    folder: str = ""
    """folder: where its pictures are."""
    live: bool = True
    """folder: whether another program writes them now. False plays those that are there, for tests and replays, and
    says nothing of their age: no arm may move on them."""

    address: str = "127.0.0.1"
    """network: IP address of the server."""
    port: Annotated[int, Range(least=0, most=65535)] = 0
    """network: its port."""

    def check(self, where: str) -> None:
        """Refuse values out of range, and a driver that lacks what it needs."""
        super().check(where)
        if self.driver == "folder" and not self.folder:
            raise ValueError(f"{where}.folder is empty: the driver 'folder' needs one")
        if self.driver == "network" and not self.port:
            raise ValueError(f"{where}.port=0: the driver 'network' needs the port of the camera's server")
        if (self.exposure is None) != (self.gain is None):
            raise ValueError(f"{where}: exposure and gain are set together, or neither")
