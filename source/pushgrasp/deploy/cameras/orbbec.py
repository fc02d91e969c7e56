"""Orbbec cameras through pyorbbecsdk2, whose names and calls were tried without a camera only."""

from __future__ import annotations

import time
from types import ModuleType
from typing import Any

import numpy as np

from pushgrasp.deploy.cameras.cfg import CameraCfg
from pushgrasp.deploy.cameras.picture import StreamCamera, camera_matrix, make_frame, require_pinhole
from pushgrasp.deploy.devices import DeviceFault, Frame
from pushgrasp.program import UserError


def orbbec_module() -> ModuleType:
    """Return pyorbbecsdk.

    Raises:
        UserError: If it is not installed.
    """
    try:
        import pyorbbecsdk  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise UserError(f"pyorbbecsdk cannot be imported ({error}): pip install pyorbbecsdk2") from error
    return pyorbbecsdk


class OrbbecCamera(StreamCamera):
    """An Orbbec whose depth is aligned to its colour; see :class:`pushgrasp.deploy.devices.Camera`.

    Unverified: no camera of this make was ever connected.
    """

    def __init__(self, cfg: CameraCfg) -> None:
        """Start both streams and wait until the exposure has settled.

        Raises:
            UserError: If pyorbbecsdk2 is not installed.
            DeviceFault: If there is no camera, it has no such streams, or it distorts.
        """
        ob: Any = orbbec_module()
        self._ob, self._cfg = ob, cfg
        try:
            self._pipeline = ob.Pipeline()
            self._pipeline.start(self._streams())
        except (ob.OBError, RuntimeError) as error:
            wanted = f"camera with {cfg.width} x {cfg.height} at {cfg.rate} Hz"
            raise DeviceFault(f"{cfg.name}: no {wanted} ({error}): look at its cable and the settings") from error
        try:
            self._align = ob.AlignFilter(align_to_stream=ob.OBStreamType.COLOR_STREAM)
            self._matrix = self._read_intrinsics()
            for _ in range(cfg.warm_up):
                self._take()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop the streams. Never raises."""
        try:
            self._pipeline.stop()
        except (self._ob.OBError, RuntimeError):
            return

    def _streams(self) -> Any:  # noqa: ANN401 - of a package without types here
        """What the pipeline is asked for."""
        ob, cfg = self._ob, self._cfg
        streams = ob.Config()
        size = (cfg.width, cfg.height, cfg.rate)
        streams.enable_video_stream(ob.OBStreamType.DEPTH_STREAM, *size, ob.OBFormat.Y16)
        streams.enable_video_stream(ob.OBStreamType.COLOR_STREAM, *size, ob.OBFormat.RGB)
        whole = ob.OBFrameAggregateOutputMode.FULL_FRAME_REQUIRE
        streams.set_frame_aggregate_output_mode(whole)
        return streams

    def _read_intrinsics(self) -> np.ndarray:
        """Pinhole matrix of colour."""
        camera = self._pipeline.get_camera_param()
        numbers, lens = camera.rgb_intrinsic, camera.rgb_distortion
        matrix = camera_matrix(numbers.fx, numbers.fy, numbers.cx, numbers.cy)
        coefficients = (lens.k1, lens.k2, lens.p1, lens.p2, lens.k3)
        require_pinhole(self.name, matrix, (numbers.width, numbers.height), coefficients)
        return matrix

    def _take(self) -> Frame:
        """Wait for the next picture."""
        try:
            frames = self._pipeline.wait_for_frames(round(1000 * self._cfg.patience))
            aligned = self._align.process(frames) if frames else None
        except (self._ob.OBError, RuntimeError) as error:
            raise DeviceFault(f"{self.name}: no picture comes ({error}): look at its cable") from error
        if not aligned:
            raise DeviceFault(f"{self.name}: no picture comes: look at its cable")
        frames = aligned.as_frame_set()
        depth, colour = frames.get_depth_frame(), frames.get_color_frame()
        shape = colour.get_height(), colour.get_width()
        numbers = np.frombuffer(depth.get_data(), np.uint16).reshape(shape)
        taken = time.monotonic() - (time.time() - 1e-6 * colour.get_system_timestamp_us())
        picture = np.asarray(colour.get_data()).reshape(*shape, 3)
        return make_frame(picture, numbers * (1e-3 * depth.get_depth_scale()), taken, colour.get_index())
