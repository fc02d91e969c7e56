"""Which driver reads a camera."""

from __future__ import annotations

from pushgrasp.deploy.cameras.cfg import CameraCfg
from pushgrasp.deploy.cameras.folder import FolderCamera
from pushgrasp.deploy.cameras.network import NetworkCamera
from pushgrasp.deploy.cameras.orbbec import OrbbecCamera
from pushgrasp.deploy.cameras.realsense import RealSenseCamera
from pushgrasp.deploy.devices import Camera


def open_camera(cfg: CameraCfg) -> Camera:
    """Open the camera that the settings name.

    Raises:
        UserError: If the driver's package is not installed.
        DeviceFault: If the camera is not there or gives no pictures.
        ValueError: If a folder's camera file cannot be read.
    """
    drivers = {"realsense": RealSenseCamera, "orbbec": OrbbecCamera, "folder": FolderCamera, "network": NetworkCamera}
    return drivers[cfg.driver](cfg)
