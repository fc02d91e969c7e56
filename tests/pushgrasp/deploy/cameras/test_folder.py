"""A folder of pictures as a camera: replays to the bit, and pictures that another program writes."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from table_pictures import INTRINSICS, frames, picture

from pushgrasp.deploy.cameras.cfg import CameraCfg
from pushgrasp.deploy.cameras.folder import FolderCamera, write_camera, write_frame
from pushgrasp.deploy.cameras.opening import open_camera
from pushgrasp.deploy.devices import DeviceFault, Frame


def played(folder: Path, **options: object) -> FolderCamera:
    camera = open_camera(CameraCfg(**{"driver": "folder", "folder": str(folder), "live": False, **options}))
    assert isinstance(camera, FolderCamera)
    return camera


@pytest.fixture
def three() -> list[Frame]:
    return frames([picture(seed=seed) for seed in range(3)])


def test_what_was_written_is_read_to_the_bit(tmp_path: Path, three: list[Frame]) -> None:
    write_camera(tmp_path, INTRINSICS)
    for frame in three:
        write_frame(tmp_path, frame)
    camera = played(tmp_path)
    read = [*camera.grab(2), *camera.grab(1)]
    for frame, again in zip(three, read, strict=True):
        assert np.array_equal(frame.colour, again.colour) and np.array_equal(frame.depth, again.depth)
        assert again.number == frame.number and again.depth.dtype == np.float32
    assert np.allclose(camera.intrinsics, INTRINSICS, atol=1e-4) and camera.name == "camera"
    with pytest.raises(DeviceFault, match=r"no more pictures in .*; the last one was 3"):
        camera.grab(1)
    camera.close()


def test_files_of_ros(tmp_path: Path, three: list[Frame]) -> None:
    (tmp_path / "camera.yaml").write_text(
        "width: 424\nheight: 240\ndistortion_model: plumb_bob\nd: [0, 0, 0, 0, 0]\n"
        "k: [310.0, 0.0, 212.0, 0.0, 310.0, 119.0, 0.0, 0.0, 1.0]\n"
    )
    Image.fromarray(three[0].colour).save(tmp_path / "7_colour.png")
    Image.fromarray(np.round(1000 * three[0].depth).astype(np.uint16)).save(tmp_path / "7_depth.png")
    camera = played(tmp_path)
    assert np.allclose(camera.intrinsics, INTRINSICS)  # pixel centres: 212.0 there is 212.5 here
    frame = camera.grab(1)[0]
    assert frame.number == 7 and np.abs(frame.depth - three[0].depth).max() <= 0.0005 + 1e-6


def test_numbers_count_not_their_spelling(tmp_path: Path, three: list[Frame]) -> None:
    write_camera(tmp_path, INTRINSICS)
    for number in (9, 10):
        Image.fromarray(three[0].colour).save(tmp_path / f"{number}_colour.png")
        np.save(tmp_path / f"{number}_depth.npy", three[0].depth)
    assert [frame.number for frame in played(tmp_path).grab(2)] == [9, 10]


def test_a_live_folder_gives_new_pictures_only(tmp_path: Path, three: list[Frame]) -> None:
    write_camera(tmp_path, INTRINSICS)
    write_frame(tmp_path, three[0])
    time.sleep(0.02)
    camera = played(tmp_path, live=True)

    def write() -> None:
        for frame in three[1:]:
            time.sleep(0.1)
            write_frame(tmp_path, frame)

    writer = threading.Thread(target=write)
    writer.start()
    began = time.monotonic()
    read = camera.grab(2)
    writer.join()
    assert [frame.number for frame in read] == [2, 3]
    assert all(began <= frame.taken <= time.monotonic() for frame in read)


def test_a_live_folder_that_nobody_writes(tmp_path: Path, three: list[Frame]) -> None:
    write_camera(tmp_path, INTRINSICS)
    write_frame(tmp_path, three[0])
    time.sleep(0.02)
    with pytest.raises(DeviceFault, match=r"no new picture in .* within 0\.1 s: is the program"):
        played(tmp_path, live=True, patience=0.1).grab(1)


def test_nan_becomes_no_depth(tmp_path: Path, three: list[Frame]) -> None:
    write_camera(tmp_path, INTRINSICS)
    three[0].depth[:10], three[0].depth[10:20] = np.nan, -1.0
    write_frame(tmp_path, three[0])
    depth = played(tmp_path).grab(1)[0].depth
    assert (depth[:20] == 0.0).all() and np.array_equal(depth[20:], three[0].depth[20:])


def test_folders_that_are_no_camera(tmp_path: Path) -> None:
    with pytest.raises(DeviceFault, match=r"0 files .*camera\.\*"):
        played(tmp_path / "nowhere")
    write_camera(tmp_path, INTRINSICS)
    (tmp_path / "camera.yaml").write_text("k: 1")
    with pytest.raises(DeviceFault, match="2 files"):
        played(tmp_path)


@pytest.mark.parametrize(
    ("colour", "depth", "named"),
    [
        (np.zeros((240, 424, 3), np.uint8), np.full((120, 212), 1.0), "principal point|aligned"),
        (np.zeros((120, 212, 3), np.uint8), None, "aligned"),
        (None, None, "1_colour.png"),
    ],
)
def test_pictures_that_cannot_be_used(tmp_path: Path, three: list[Frame], colour, depth, named: str) -> None:
    write_camera(tmp_path, INTRINSICS)
    if colour is not None:
        Image.fromarray(colour).save(tmp_path / "1_colour.png")
    wrong = three[0].depth if depth is None else depth + np.linspace(0, 0.1, depth.shape[1])
    np.save(tmp_path / "1_depth.npy", wrong)
    with pytest.raises(DeviceFault, match=named):
        played(tmp_path).grab(1)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"driver": "folder"}, "folder is empty"),
        ({"driver": "network"}, "port=0"),
        ({"driver": "kinect"}, "driver='kinect'.*realsense"),
        ({"exposure": 100.0}, "set together"),
    ],
)
def test_settings_out_of_range(options: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        CameraCfg(**options)
