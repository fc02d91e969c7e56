"""RealSense cameras through Intel's pyrealsense2."""

from __future__ import annotations

import time
from types import ModuleType
from typing import Any

import numpy as np

from pushgrasp.deploy.cameras.cfg import CameraCfg
from pushgrasp.deploy.cameras.picture import StreamCamera, camera_matrix, make_frame, require_pinhole
from pushgrasp.deploy.devices import DeviceFault, Frame
from pushgrasp.grasping.graspnet.package import load_libusb
from pushgrasp.program import UserError


def realsense_module() -> ModuleType:
    """Return pyrealsense2.

    Raises:
        UserError: If it is not installed, or misses a library of the system.
    """
    load_libusb()
    try:
        import pyrealsense2
    except ImportError as error:
        remedy = "pip install 'pushgrasp[deploy]' (it needs libusb-package, or Debian's libusb-1.0-0)"
        raise UserError(f"pyrealsense2 cannot be imported ({error}): {remedy}") from error
    return pyrealsense2


class RealSenseCamera(StreamCamera):
    """A RealSense whose depth is aligned to its colour; see :class:`pushgrasp.deploy.devices.Camera`."""

    def __init__(self, cfg: CameraCfg) -> None:
        """Start both streams and wait until the exposure has settled.

        Raises:
            UserError: If pyrealsense2 is not installed.
            DeviceFault: If there is no such camera, it has no such streams, or it distorts.
        """
        rs: Any = realsense_module()
        self._rs, self._cfg = rs, cfg
        self._offset = float("inf")  # from the camera's own clock to this machine's [s]
        self._require_device()
        self._pipeline = rs.pipeline()
        try:
            profile = self._pipeline.start(self._streams())
        except RuntimeError as error:
            streams = f"{cfg.width} x {cfg.height} at {cfg.rate} Hz"
            remedy = "does another program use it, does it hang on USB 3, and does it have such streams?"
            raise DeviceFault(f"{cfg.name}: gives no pictures of {streams} ({error}): {remedy}") from error
        try:
            self._set_exposure(profile)
            self._align = rs.align(rs.stream.color)
            self._matrix = self._read_intrinsics(profile)
            for _ in range(cfg.warm_up):
                self._take()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop the streams. Never raises."""
        try:
            self._pipeline.stop()
        except RuntimeError:
            return

    def _require_device(self) -> None:
        """Refuse to go on without the camera: the pipeline would wait for it."""
        serial = self._rs.camera_info.serial_number
        found = [device.get_info(serial) for device in self._rs.context().query_devices()]
        if not found or self._cfg.serial not in ("", *found):
            wanted = f"RealSense {self._cfg.serial}".strip()
            there = ", ".join(found) or "none"
            raise DeviceFault(f"{self.name}: no {wanted} (there are: {there}): look at its cable and the settings")

    def _streams(self) -> Any:  # noqa: ANN401 - of a package without types
        """What the pipeline is asked for."""
        rs, cfg = self._rs, self._cfg
        streams = rs.config()
        if cfg.serial:
            streams.enable_device(cfg.serial)
        streams.enable_stream(rs.stream.depth, cfg.width, cfg.height, rs.format.z16, cfg.rate)
        streams.enable_stream(rs.stream.color, cfg.width, cfg.height, rs.format.rgb8, cfg.rate)
        return streams

    def _set_exposure(self, profile: Any) -> None:  # noqa: ANN401
        """Fix exposure and gain of colour, or leave both to the camera."""
        option, cfg = self._rs.option, self._cfg
        if cfg.exposure is None:
            return
        sensor = profile.get_device().first_color_sensor()
        try:
            sensor.set_option(option.enable_auto_exposure, 0.0)
            sensor.set_option(option.exposure, cfg.exposure)
            sensor.set_option(option.gain, cfg.gain)
        except RuntimeError as error:
            wanted = f"exposure {cfg.exposure:g} and gain {cfg.gain:g}"
            raise DeviceFault(f"{cfg.name}: does not take {wanted} ({error}): see the RealSense Viewer") from error

    def _read_intrinsics(self, profile: Any) -> np.ndarray:  # noqa: ANN401
        """Pinhole matrix of colour."""
        numbers = profile.get_stream(self._rs.stream.color).as_video_stream_profile().get_intrinsics()
        matrix = camera_matrix(numbers.fx, numbers.fy, numbers.ppx, numbers.ppy)
        require_pinhole(self.name, matrix, (numbers.width, numbers.height), numbers.coeffs)
        return matrix

    def _take(self) -> Frame:
        """Wait for the next picture."""
        try:
            frames = self._align.process(self._pipeline.wait_for_frames(round(1000 * self._cfg.patience)))
        except RuntimeError as error:
            raise DeviceFault(f"{self.name}: no picture comes ({error}): look at its cable") from error
        depth, colour = frames.get_depth_frame(), frames.get_color_frame()
        if not depth or not colour:
            raise DeviceFault(f"{self.name}: a picture without depth or without colour: look at its USB 3 cable")
        metres = np.asarray(depth.get_data()) * depth.get_units()
        return make_frame(np.asarray(colour.get_data()), metres, self._taken(colour), colour.get_frame_number())

    def _taken(self, frame: Any) -> float:  # noqa: ANN401
        """When a picture was taken, on this machine's monotonic clock [s].

        A stamp of the camera's own clock counts from the quickest arrival so far: it lags by that way, a few
        hundredths of a second.
        """
        now, stamp = time.monotonic(), 1e-3 * frame.get_timestamp()
        if frame.get_frame_timestamp_domain() != self._rs.timestamp_domain.hardware_clock:
            return now - (time.time() - stamp)
        self._offset = min(self._offset, now - stamp)
        return stamp + self._offset
