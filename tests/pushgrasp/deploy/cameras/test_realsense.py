"""The RealSense driver on frames of librealsense's software device: real framesets, alignment and intrinsics."""

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pushgrasp.deploy.cameras import realsense
from pushgrasp.deploy.cameras.cfg import CameraCfg
from pushgrasp.deploy.cameras.opening import open_camera
from pushgrasp.deploy.cameras.realsense import RealSenseCamera, realsense_module
from pushgrasp.deploy.devices import DeviceFault
from pushgrasp.program import UserError

try:
    rs: Any = realsense_module()
except UserError as missing:
    pytest.skip(str(missing), allow_module_level=True)

W, H, RATE = 320, 240, 30
BASELINE = 0.05


class SoftPipeline:
    """What a driver uses of a pipeline, fed by a software device; depth's lens is 5 cm left of colour's."""

    coefficients = (0.0, 0.0, 0.0, 0.0, 0.0)
    clock = "system_time"
    behind = 0.0
    frames = 10_000

    def __init__(self) -> None:
        self._device = rs.software_device()
        self._sensors = {name: self._device.add_sensor(name) for name in ("Depth", "Colour")}
        self._depth = self._stream("Depth", rs.stream.depth, rs.format.z16, 2)
        self._colour = self._stream("Colour", rs.stream.color, rs.format.rgb8, 3)
        self._sensors["Depth"].add_read_only_option(rs.option.depth_units, 0.001)
        apart = rs.extrinsics()
        apart.rotation, apart.translation = [1, 0, 0, 0, 1, 0, 0, 0, 1], [BASELINE, 0, 0]
        self._depth.register_extrinsics_to(self._colour, apart)
        self._device.create_matcher(rs.matchers.default)
        self._queue, self._ending = rs.syncer(100), threading.Event()

    def start(self, config: object) -> "SoftPipeline":
        del config
        for sensor, profile in zip(self._sensors.values(), (self._depth, self._colour), strict=True):
            sensor.open(profile)
            sensor.start(self._queue)
        self._thread = threading.Thread(target=self._feed, daemon=True)
        self._thread.start()
        return self

    def get_stream(self, stream: object) -> Any:
        return self._colour if stream == rs.stream.color else self._depth

    def wait_for_frames(self, milliseconds: int) -> Any:
        until = time.monotonic() + milliseconds / 1000
        while time.monotonic() < until:
            frames = self._queue.wait_for_frames(milliseconds)
            if frames.size() == 2:
                return frames
        raise RuntimeError("Frame didn't arrive")

    def stop(self) -> None:
        self._ending.set()
        self._thread.join()
        for sensor in self._sensors.values():
            sensor.stop()
            sensor.close()

    def _stream(self, sensor: str, stream: Any, kind: Any, size: int) -> Any:
        video, lens = rs.video_stream(), rs.intrinsics()
        lens.width, lens.height, lens.fx, lens.fy, lens.ppx, lens.ppy = W, H, 300.0, 300.0, 159.5, 119.5
        lens.model, lens.coeffs = rs.distortion.brown_conrady, list(self.coefficients)
        video.type, video.index, video.uid, video.width, video.height = stream, 0, size, W, H
        video.fps, video.bpp, video.fmt, video.intrinsics = RATE, size, kind, lens
        return self._sensors[sensor].add_video_stream(video, True)

    def _feed(self) -> None:
        depth = np.full((H, W), 1000, np.uint16)  # 1 m
        depth[100:140, 140:180] = 0
        for number in range(1, self.frames):
            if self._ending.wait(1 / RATE):
                return
            colour = np.full((H, W, 3), (number % 256, 20, 30), np.uint8)
            self._push("Depth", self._depth, depth, 2, number)
            self._push("Colour", self._colour, colour, 3, number)

    def _push(self, sensor: str, profile: Any, pixels: np.ndarray, size: int, number: int) -> None:
        frame = rs.software_video_frame()
        frame.pixels, frame.stride, frame.bpp, frame.frame_number = pixels, W * size, size, number
        own = self.clock == "hardware_clock"
        frame.timestamp = 1000 * ((number / RATE) if own else time.time() - self.behind)
        frame.domain = getattr(rs.timestamp_domain, self.clock)
        frame.profile, frame.depth_units = profile.as_video_stream_profile(), 0.001
        self._sensors[sensor].on_video_frame(frame)


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> type[SoftPipeline]:
    class Pipeline(SoftPipeline):
        pass

    device = rs.software_device()
    device.register_info(rs.camera_info.serial_number, "0123")
    monkeypatch.setattr(rs, "pipeline", Pipeline)
    monkeypatch.setattr(rs, "context", lambda: SimpleNamespace(query_devices=lambda: [device]))
    return Pipeline


CFG = CameraCfg(width=W, height=H, rate=RATE, warm_up=3, patience=2.0)


@pytest.fixture
def camera(pipeline: type[SoftPipeline]) -> Iterator[RealSenseCamera]:
    opened = open_camera(CFG)
    assert isinstance(opened, RealSenseCamera)
    yield opened
    opened.close()


def test_pictures(camera: RealSenseCamera) -> None:
    before = time.monotonic()
    frames = camera.grab(4)
    assert np.all(np.diff([frame.number for frame in frames]) >= 1)
    assert all(before <= frame.taken <= time.monotonic() for frame in frames)
    assert frames[0].colour.shape == (H, W, 3) and frames[0].colour[0, 0].tolist()[1:] == [20, 30]
    assert camera.intrinsics.tolist() == [[300.0, 0.0, 160.0], [0.0, 300.0, 120.0], [0.0, 0.0, 1.0]]


def test_depth_is_aligned_to_colour(camera: RealSenseCamera) -> None:
    depth = camera.grab(1)[0].depth
    row = depth[120]  # the hole of depth's columns 140 to 179 comes 300 * 0.05 m / 1 m = 15 pixels farther right
    assert (row[155:195] == 0.0).all()
    assert (row[150:155] == 1.0).all() and (row[195:200] == 1.0).all()
    assert (row[:14] == 0.0).all()  # depth does not see what colour sees there


def test_old_pictures_are_refused(pipeline: type[SoftPipeline]) -> None:
    pipeline.behind = 5.0
    camera = open_camera(CameraCfg(width=W, height=H, rate=RATE, warm_up=0, patience=0.3))
    with pytest.raises(DeviceFault, match=r"was taken [45]\.\d+ s before it was asked for"):
        camera.grab(1)
    camera.close()


def test_the_cameras_own_clock(pipeline: type[SoftPipeline]) -> None:
    pipeline.clock = "hardware_clock"
    camera = open_camera(CFG)
    before = time.monotonic()
    frames = camera.grab(3)
    assert all(before <= frame.taken <= time.monotonic() for frame in frames)
    camera.close()


def test_pictures_that_cease(pipeline: type[SoftPipeline]) -> None:
    pipeline.frames = 10
    camera = open_camera(CameraCfg(width=W, height=H, rate=RATE, warm_up=1, patience=0.3))
    with pytest.raises(DeviceFault, match="no picture comes"):
        camera.grab(20)
    camera.close()


def test_a_lens_that_distorts(pipeline: type[SoftPipeline]) -> None:
    pipeline.coefficients = (0.1, 0.0, 0.0, 0.0, 0.0)
    with pytest.raises(DeviceFault, match="lens displaces"):
        open_camera(CFG)


def test_no_camera() -> None:
    with pytest.raises(DeviceFault, match=r"no RealSense \(there are: none\)"):
        open_camera(CameraCfg())


def test_another_camera(pipeline: type[SoftPipeline]) -> None:
    with pytest.raises(DeviceFault, match=r"no RealSense 0124 \(there are: 0123\)"):
        open_camera(CameraCfg(serial="0124"))


def test_streams_that_it_does_not_have(pipeline: type[SoftPipeline], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Couldn't resolve requests")

    monkeypatch.setattr(pipeline, "start", fail)
    with pytest.raises(DeviceFault, match=r"no pictures of 848 x 480 at 30 Hz \(Couldn't resolve"):
        open_camera(CameraCfg(serial="0123"))


def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(realsense.__dict__, "load_libusb", lambda: None)
    monkeypatch.setitem(__import__("sys").modules, "pyrealsense2", None)
    with pytest.raises(UserError, match=r"pip install 'pushgrasp\[deploy\]'"):
        realsense_module()
