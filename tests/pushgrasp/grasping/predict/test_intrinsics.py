"""Cameras as people have them: each format by hand, and what would give wrong metres is refused."""

import json

import numpy as np
import pytest
import torch
from scipy.io import savemat

from pushgrasp.grasping.predict.intrinsics import Intrinsics, read_intrinsics

# fx 600, fy 610, cx 320, cy 240 in every file below. OpenCV's cx = 320 is the middle of pixel 320, here at 320.5.
EXPECTED = torch.tensor([[600.0, 0.0, 320.5], [0.0, 610.0, 240.5], [0.0, 0.0, 1.0]])
MATRIX = [[600.0, 0.0, 320.0], [0.0, 610.0, 240.0], [0.0, 0.0, 1.0]]

ROS_TOPIC = """header:
  stamp: {sec: 1, nanosec: 2}
  frame_id: camera_color_optical_frame
height: 480
width: 640
distortion_model: plumb_bob
d: [0.0, 0.0, 0.0, 0.0, 0.0]
k:
- 600.0
- 0.0
- 320.0
- 0.0
- 610.0
- 240.0
- 0.0
- 0.0
- 1.0
r: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
p: [600.0, 0.0, 320.0, 0.0, 0.0, 610.0, 240.0, 0.0, 0.0, 0.0, 1.0, 0.0]
binning_x: 0
binning_y: 0
---
"""
ROS_CALIBRATION = """image_width: 640
image_height: 480
camera_name: head
camera_matrix:
  rows: 3
  cols: 3
  data: [600.0, 0.0, 320.0, 0.0, 610.0, 240.0, 0.0, 0.0, 1.0]
distortion_model: plumb_bob
distortion_coefficients:
  rows: 1
  cols: 5
  data: [0.0, 0.0, 0.0, 0.0, 0.0]
"""
OPENCV = """%YAML:1.0
---
calibration_time: "Tue Mar  3 10:00:00 2026"
image_width: 640
image_height: 480
camera_matrix: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [ 6.0e+02, 0., 3.2e+02, 0., 6.1e+02, 2.4e+02, 0., 0., 1. ]
distortion_coefficients: !!opencv-matrix
   rows: 5
   cols: 1
   dt: d
   data: [ 0., 0., 0., 0., 0. ]
"""
ORB_SLAM = """%YAML:1.0

# Camera calibration
Camera.fx: 600.0
Camera.fy: 610.0
Camera.cx: 320.0
Camera.cy: 240.0
Camera.k1: 0.0
Camera.width: 640
Camera.height: 480
DepthMapFactor: 5000.0
"""
REALSENSE = (
    '{"width": 640, "height": 480, "ppx": 320.0, "ppy": 240.0, "fx": 600.0, "fy": 610.0, '
    '"model": "distortion.inverse_brown_conrady", "coeffs": [0.0, 0.0, 0.0, 0.0, 0.0]}'
)
OPEN3D = '{"width": 640, "height": 480, "intrinsic_matrix": [600.0, 0.0, 0.0, 0.0, 610.0, 0.0, 320.0, 240.0, 1.0]}'
TEXT = "# K of the camera\n6.0e2 0 320\n0, 610, 240\n0 0 1\n"
FILES = {
    "names.json": '{"fx": 600, "fy": 610, "cx": 320, "cy": 240}',
    "ros1.json": '{"K": [600, 0, 320, 0, 610, 240, 0, 0, 1]}',
    "ros2.json": json.dumps({"k": MATRIX}),
    "rows.json": json.dumps(MATRIX),
    "nested.json": '{"intrinsics": {"fx": 600, "fy": 610, "cx": 320, "cy": 240}}',
    "byte_order_mark.json": "\ufeff" + '{"fx": 600, "fy": 610, "cx": 320, "cy": 240}',
    "camera_info.yaml": ROS_TOPIC,
    "ost.yaml": ROS_CALIBRATION,
    "opencv.yml": OPENCV,
    "orb_slam.yaml": ORB_SLAM,
    "realsense.json": REALSENSE,
    "open3d.json": OPEN3D,
    "camera_matrix.txt": TEXT,
    "four.txt": "600 610 320 240",
}
SIZED = ("camera_info.yaml", "ost.yaml", "opencv.yml", "orb_slam.yaml", "realsense.json", "open3d.json")


@pytest.mark.parametrize("name", FILES)
def test_formats_of_the_field(tmp_path, name):
    (tmp_path / name).write_text(FILES[name])
    camera = read_intrinsics([str(tmp_path / name)])
    torch.testing.assert_close(camera.matrix, EXPECTED)
    assert camera.size == ((640, 480) if name in SIZED else None)
    assert camera.per_metre == (5000.0 if name == "orb_slam.yaml" else None)


def test_graspnet_file(tmp_path):
    poses = np.zeros((3, 4, 9))
    savemat(tmp_path / "meta.mat", {"intrinsic_matrix": np.array(MATRIX), "factor_depth": [[1000]], "poses": poses})
    camera = read_intrinsics([str(tmp_path / "meta.mat")])
    torch.testing.assert_close(camera.matrix, EXPECTED)
    assert camera.per_metre == 1000.0


def test_numbers_and_arrays_by_rows_and_by_columns(tmp_path):
    torch.testing.assert_close(read_intrinsics(["600", "610", "320", "240"]).matrix, EXPECTED)
    for array in (np.array(MATRIX), np.array(MATRIX).T):
        np.save(tmp_path / "camera.npy", array)
        torch.testing.assert_close(read_intrinsics([str(tmp_path / "camera.npy")]).matrix, EXPECTED)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["600", "610", "320"], "takes four numbers fx fy cx cy or one file, got 3"),
        (["600", "610", "320", "x"], "'x' is not a number"),
        (["-600", "610", "320", "240"], "focal lengths must be positive"),
        (["600", "0", "320", "240"], "focal lengths must be positive"),
        (["nan", "610", "320", "240"], "fx nan.*must be positive"),
        (["600", "610", "inf", "240"], "cx inf"),
        (["9" * 400, "610", "320", "240"], "fx inf"),
        (["600", "320", "610", "240"], "fx 600 and fy 320 differ too much; pixels are square, order: fx fy cx cy"),
    ],
)
def test_numbers_that_are_no_camera(words, message):
    with pytest.raises(ValueError, match=message):
        read_intrinsics(words)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", "{", r"a\.json:1: no JSON"),
        ("a.json", "", "holds no camera matrix; what is read: four numbers.*YAML of ROS"),
        ("a.json", '{"width": 640}', "holds no camera matrix; what is read"),
        ("a.json", '{"fx": 1}', "holds no camera matrix"),
        ("a.json", '{"K": null}', "holds no camera matrix"),
        ("a.json", "[1, 2]", "four numbers or a matrix of 3 x 3, got 2 numbers"),
        ("a.json", '{"K": [[1, 2], "x"]}', "values that are no numbers"),
        ("a.json", '{"fx": NaN, "fy": 1, "cx": 1, "cy": 1}', "NaN is no number"),
        ("a.json", '{"fx": ' + "9" * 400 + "}", "too large"),
        ("a.json", "[" * 100_000, "nested more than"),
        ("a.json", '{"K": [600, 1, 320, 0, 610, 240, 0, 0, 1]}', "no camera matrix: fx 0 cx, 0 fy cy, 0 0 1"),
        ("a.json", '{"K": [600, 0, 320, 0, 610, 240, 0, 0, 2]}', "no camera matrix"),
        ("a.yaml", "{" * 100_000, r"a\.yaml"),
        ("a.yaml", "k: &k [*k, *k]", r"a\.yaml"),
        ("a.yaml", "a: [1, 2", "is no readable file of intrinsics"),
        ("a.yaml", "!!python/object/apply:os.system [ls]", "is no readable file of intrinsics"),
        ("a.xml", "<?xml version='1.0'?>\n<opencv_storage/>", "what is read: four numbers"),
        ("a.mat", "nonsense", r"a\.mat is no readable MATLAB file with intrinsic_matrix.*what is read"),
        ("a.npz", "PK\x03\x04\x00", "no text: holds a NUL character; what is read"),
        ("a.yaml", ROS_TOPIC.replace("width: 640", "width: wide"), "values that are no numbers"),
    ],
)
def test_files_that_are_no_camera(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=message):
        read_intrinsics([str(tmp_path / name)])


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (ROS_TOPIC.replace("d: [0.0", "d: [0.12"), "d"),
        (ROS_CALIBRATION.replace("data: [0.0", "data: [-0.3"), "distortioncoefficients"),
        (OPENCV.replace("data: [ 0.,", "data: [ 0.1,"), "distortioncoefficients"),
        (ORB_SLAM.replace("k1: 0.0", "k1: 0.04"), "k1"),
        (REALSENSE.replace("[0.0,", "[0.2,"), "coeffs"),
        ('{"intrinsics": {"fx": 600, "fy": 610, "cx": 320, "cy": 240, "coeffs": [0.1]}}', "coeffs"),
    ],
)
def test_distortion_is_refused(tmp_path, content, name):
    (tmp_path / "camera.yaml").write_text(content)
    with pytest.raises(ValueError, match=rf"camera.yaml: the camera distorts its pictures \({name} is not 0\): undist"):
        read_intrinsics([str(tmp_path / "camera.yaml")])


def test_fisheye_is_refused_even_without_coefficients(tmp_path):
    (tmp_path / "camera.yaml").write_text(ROS_TOPIC.replace("plumb_bob", "equidistant"))
    with pytest.raises(ValueError, match=r"is no pinhole \(equidistant\)"):
        read_intrinsics([str(tmp_path / "camera.yaml")])


def camera(fx: float, cx: float, cy: float, size: tuple[int, int] | None = None) -> Intrinsics:
    return Intrinsics(torch.tensor([[fx, 0.0, cx + 0.5], [0.0, fx, cy + 0.5], [0.0, 0.0, 1.0]]), "camera.json", size)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (camera(600, 320, 240, (1280, 720)), "is for pictures of 1280 x 720 pixels, these have 640 x 480"),
        (camera(600, 320, 240, (480, 640)), "is for pictures of 480 x 640 pixels"),
        (camera(600, 640, 240), r"principal point \(640, 240\) is outside the picture of 640 x 480 pixels"),
        (camera(600, -5, 240), "outside the picture"),
        (camera(600, 320, 610), "outside the picture.*order is fx fy cx cy"),
        (camera(600, 0, 0), "outside the picture"),
        (camera(0.9, 320, 240), "fx 0.9 makes 640 pixels span 180 degrees; 5 to 150"),
        (camera(60_000, 320, 240), r"span 0\.611 degrees"),  # 2 atan(320 / 60000)
    ],
)
def test_camera_that_is_not_that_of_the_pictures(given, message):
    with pytest.raises(ValueError, match=message):
        given.require_fit(480, 640)


def test_camera_of_the_pictures_fits():
    camera(600, 320, 240, (640, 480)).require_fit(480, 640)
    camera(600, 100, 400).require_fit(480, 640)  # of a picture that was cut out
