"""Files of any camera: units, camera matrices in their usual spellings, and what cannot be read."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from pushgrasp.grasping.predict.inputs import read_colour, read_depth, read_intrinsics, read_mask

# OpenCV's cx = 320 is the middle of pixel 320, which here lies at 320.5.
EXPECTED = torch.tensor([[600.0, 0.0, 320.5], [0.0, 610.0, 240.5], [0.0, 0.0, 1.0]])
MATRIX = [[600.0, 0.0, 320.0], [0.0, 610.0, 240.0], [0.0, 0.0, 1.0]]


def test_whole_numbers_are_millimetres_and_floats_metres(tmp_path):
    Image.fromarray(np.array([[0, 750], [1200, 65535]], dtype=np.uint16)).save(tmp_path / "depth.png")
    np.save(tmp_path / "depth.npy", np.array([[0.5, np.nan]]))
    torch.testing.assert_close(read_depth(tmp_path / "depth.png"), torch.tensor([[0.0, 0.75], [1.2, 65.535]]))
    torch.testing.assert_close(read_depth(tmp_path / "depth.npy"), torch.tensor([[0.5, torch.nan]]), equal_nan=True)
    in_tenths = read_depth(tmp_path / "depth.png", 10_000.0)
    torch.testing.assert_close(in_tenths, torch.tensor([[0.0, 0.075], [0.12, 6.5535]]))


@pytest.mark.parametrize(
    ("array", "scale", "message"),
    [
        (np.zeros((4, 4, 3), np.uint16), None, "one channel is needed"),
        (np.zeros((4, 4), np.uint8), None, "8 bits"),
        (np.ones((4, 4)), 0.0, "depth scale is 0.0"),
    ],
)
def test_depth_that_is_none(tmp_path, array, scale, message):
    np.save(tmp_path / "depth.npy", array)
    with pytest.raises(ValueError, match=message):
        read_depth(tmp_path / "depth.npy", scale)


def test_colour_and_mask(tmp_path):
    picture = np.zeros((2, 3, 3), np.uint8)
    picture[1, 2] = (10, 20, 30)
    Image.fromarray(picture).save(tmp_path / "rgb.png")
    colour = read_colour(tmp_path / "rgb.png")
    assert colour.shape == (3, 2, 3) and colour[:, 1, 2].tolist() == [10, 20, 30]
    assert read_mask(tmp_path / "rgb.png").nonzero().tolist() == [[1, 2]]
    Image.fromarray(picture).convert("RGBA").save(tmp_path / "rgba.png")  # opacity is no mask
    assert read_mask(tmp_path / "rgba.png").nonzero().tolist() == [[1, 2]]


@pytest.mark.parametrize(
    "content",
    [
        {"fx": 600, "fy": 610, "cx": 320, "cy": 240},
        {"K": [600, 0, 320, 0, 610, 240, 0, 0, 1]},
        {"k": MATRIX},
        {"camera_matrix": {"rows": 3, "cols": 3, "data": [600, 0, 320, 0, 610, 240, 0, 0, 1]}},
        MATRIX,
    ],
    ids=["names", "ROS 1", "ROS 2", "OpenCV", "matrix"],
)
def test_intrinsics_of_json(tmp_path, content):
    (tmp_path / "camera.json").write_text(json.dumps(content))
    torch.testing.assert_close(read_intrinsics([str(tmp_path / "camera.json")]), EXPECTED)


def test_intrinsics_of_numbers_and_arrays(tmp_path):
    np.save(tmp_path / "camera.npy", np.array(MATRIX))
    torch.testing.assert_close(read_intrinsics(["600", "610", "320", "240"]), EXPECTED)
    torch.testing.assert_close(read_intrinsics([str(tmp_path / "camera.npy")]), EXPECTED)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["600", "610", "320"], "takes four numbers fx fy cx cy or one file, got 3"),
        (["600", "610", "320", "x"], "'x' is not a number"),
        (["-600", "610", "320", "240"], "focal lengths must be positive"),
        (["nan", "610", "320", "240"], "no camera matrix"),
    ],
)
def test_intrinsics_that_are_none(words, message):
    with pytest.raises(ValueError, match=message):
        read_intrinsics(words)


@pytest.mark.parametrize("content", ["{", '{"width": 640}', "[1, 2]", '{"fx": 1}', '{"K": null}'])
def test_json_without_a_camera(tmp_path, content):
    (tmp_path / "camera.json").write_text(content)
    with pytest.raises(ValueError, match=r"camera\.json"):
        read_intrinsics([str(tmp_path / "camera.json")])


def test_missing_and_unreadable_files_are_named(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    (tmp_path / "broken.npy").write_bytes(b"no array")
    with pytest.raises(FileNotFoundError, match=r"absent\.png"):
        read_colour(tmp_path / "absent.png")
    with pytest.raises(ValueError, match=r"broken\.png is no readable picture"):
        read_depth(tmp_path / "broken.png")
    with pytest.raises(ValueError, match=r"broken\.npy is no readable array"):
        read_mask(tmp_path / "broken.npy")
    with pytest.raises(FileNotFoundError, match=r"absent\.json"):
        read_intrinsics([str(tmp_path / "absent.json")])
