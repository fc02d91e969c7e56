"""The network camera against its server, which is a process of its own."""

import json
import multiprocessing
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest
from table_pictures import INTRINSICS, SIZE, picture, table_depth

sys.path.insert(0, str(Path(__file__).parent))

from camera_process import FakeCamera, serve

from pushgrasp.deploy.cameras.cfg import CameraCfg
from pushgrasp.deploy.cameras.network import NetworkCamera
from pushgrasp.deploy.cameras.opening import open_camera
from pushgrasp.deploy.cameras.wire import LONGEST, PROTOCOL, send_parts
from pushgrasp.deploy.devices import DeviceFault
from pushgrasp.deploy.fake.camera import CameraTrouble
from pushgrasp.deploy.frames import FrameCfg, check_frames


def settings(port: int, patience: float = 2.0) -> CameraCfg:
    return CameraCfg(driver="network", port=port, patience=patience)


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeCamera]:
    spawn = multiprocessing.get_context("spawn")
    ends: tuple[Connection, Connection] = spawn.Pipe()
    process = spawn.Process(target=serve, args=(ends[1],), daemon=True)
    process.start()
    yield FakeCamera(ends[0])
    process.kill()
    process.join()


@pytest.fixture
def camera(fake: FakeCamera) -> Iterator[NetworkCamera]:
    fake.trouble(None)
    opened = open_camera(settings(fake.port))
    assert isinstance(opened, NetworkCamera)
    yield opened
    opened.close()


def test_pictures_arrive_as_they_were_rendered(camera: NetworkCamera) -> None:
    before = time.monotonic()
    frames = camera.grab(3)
    colour, depth = picture()
    assert np.array_equal(frames[0].colour, colour) and np.array_equal(frames[0].depth, depth)
    assert np.array_equal(camera.intrinsics, INTRINSICS) and camera.name == "camera"
    assert np.diff([frame.number for frame in frames]).tolist() == [1, 1]
    assert before <= frames[0].taken < frames[1].taken < frames[2].taken <= time.monotonic()
    check_frames(frames, camera.intrinsics, table_depth(), FrameCfg(age=5.0))


def test_stale_pictures(camera: NetworkCamera, fake: FakeCamera) -> None:
    camera.close()
    impatient = open_camera(settings(fake.port, 0.2))
    impatient.grab(1)
    fake.trouble(CameraTrouble.STALE)
    with pytest.raises(DeviceFault, match=r"not new: picture \d+ was taken 0\.\d+ s before it was asked for"):
        impatient.grab(1)
    impatient.close()


def test_a_silent_camera(camera: NetworkCamera, fake: FakeCamera) -> None:
    camera.close()
    impatient = open_camera(settings(fake.port, 0.2))
    fake.trouble(CameraTrouble.SILENT)
    with pytest.raises(DeviceFault, match=r"silent for 0\.2 s"):
        impatient.grab(1)


def test_a_camera_that_goes(camera: NetworkCamera, fake: FakeCamera) -> None:
    camera.grab(1)
    fake.trouble(CameraTrouble.GONE)
    with pytest.raises(DeviceFault, match="gone"):
        camera.grab(1)
    fake.trouble(None)
    with pytest.raises(DeviceFault, match="gone"):  # it does not come back by itself
        camera.grab(1)


def test_a_dark_picture(camera: NetworkCamera, fake: FakeCamera) -> None:
    fake.trouble(CameraTrouble.DARK)
    with pytest.raises(DeviceFault, match="dark"):
        check_frames(camera.grab(1), camera.intrinsics, table_depth(), FrameCfg(age=5.0))


def test_nan_becomes_no_depth(camera: NetworkCamera, fake: FakeCamera) -> None:
    fake.spoil(np.nan)
    depth = camera.grab(1)[0].depth
    fake.spoil(None)
    assert (depth[:10] == 0.0).all() and np.array_equal(depth[10:], picture()[1][10:])


def test_the_next_client_is_served_after_the_last_one(camera: NetworkCamera, fake: FakeCamera) -> None:
    camera.close()
    again = open_camera(settings(fake.port))
    assert again.grab(1)[0].colour.shape == (*SIZE[::-1], 3)
    again.close()


def test_no_pictures_asked_for(camera: NetworkCamera) -> None:
    with pytest.raises(ValueError, match="count=0"):
        camera.grab(0)


def answering(server: socket.socket, answer: Callable[[socket.socket], None]) -> None:
    """Answer a client in a thread; the link stays until it leaves: one closed early takes back what was sent."""

    def run() -> None:
        with server.accept()[0] as link, suppress(OSError):
            answer(link)
            while link.recv(100):
                pass

    threading.Thread(target=run, daemon=True).start()


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(DeviceFault, match=f"no camera at 127.0.0.1:{port}"):
        NetworkCamera(settings(port))


GREETING = {"protocol": PROTOCOL, "intrinsics": INTRINSICS.tolist(), "width": 4, "height": 3}


@pytest.mark.parametrize(
    ("greeting", "named"),
    [
        (b"HTTP/1.1 400 Bad Request", "this is no camera's server|no camera's server"),
        (json.dumps({**GREETING, "protocol": "other"}).encode(), "speaks 'other'"),
        (json.dumps({**GREETING, "intrinsics": [1, 2]}).encode(), "no camera's server"),
        (b"[]", "no camera's server"),
        (b"\xff", "no camera's server"),
    ],
)
def test_another_server(greeting: bytes, named: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        answering(server, lambda link: send_parts(link, greeting))
        with pytest.raises(DeviceFault, match=named):
            NetworkCamera(settings(server.getsockname()[1]))


def test_a_part_of_an_absurd_length() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        length = (LONGEST + 1).to_bytes(4, "big")
        answering(server, lambda link: link.sendall(length))
        with pytest.raises(DeviceFault, match=f"a part of {LONGEST + 1} bytes"):
            NetworkCamera(settings(server.getsockname()[1]))


def test_a_picture_of_another_size() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer(link: socket.socket) -> None:
            send_parts(link, json.dumps(GREETING).encode())
            link.recv(1)
            send_parts(link, b'{"number": 1, "after": 0.0}', bytes(36), bytes(47))

        answering(server, answer)
        with pytest.raises(DeviceFault, match="sends what is no picture"):
            NetworkCamera(settings(server.getsockname()[1])).grab(1)
