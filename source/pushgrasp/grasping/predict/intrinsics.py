"""Camera matrices from four numbers or from a file, in the spellings of the field."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from pushgrasp.files.json_files import parse_json
from pushgrasp.files.picture_files import read_array, readable
from pushgrasp.files.text_files import FileError, read_text

PIXEL_CENTRE = 0.5
"""OpenCV and ROS put pixel centres at whole numbers, this project at halves: see :mod:`pushgrasp.perception.camera`."""

FIELD_OF_VIEW = 5.0, 150.0
"""Horizontal angle [degrees] that a camera over a table may see."""

MAX_ASPECT = 1.25
"""Ratio of the focal lengths at most: pixels are square or nearly so."""

FORMATS = (
    "four numbers fx fy cx cy; .npy, .txt or GraspNet's .mat with a 3 x 3 matrix; JSON or YAML of ROS (camera_info, "
    "camera_calibration), OpenCV, RealSense or Open3D"
)
"""What `read_intrinsics` reads, in words."""

_READ_MATLAB = """
import json, sys
from scipy.io import loadmat
names = ["intrinsic_matrix", "factor_depth"]
content = loadmat(sys.argv[1], variable_names=names)
print(json.dumps({name: content[name].tolist() for name in names}))
"""
_MATRIX = ("k", "cameramatrix", "intrinsicmatrix", "intrinsics", "camk")
_DISTORTION = ("d", "coeffs", "distcoeffs", "distortioncoefficients", "distortioncoeffs", "k1", "k2", "k3", "p1", "p2")
_FISHEYE = ("fisheye", "equidistant", "kannala", "theta", "omni")
_NAMES = (("fx",), ("fy",), ("cx", "ppx"), ("cy", "ppy"))
_MOST = 20  # numbers that anything of a camera has
_SCALE = ("factordepth", "depthmapfactor")


@dataclass(frozen=True)
class Intrinsics:
    """A camera without distortion.

    Attributes:
        matrix: Camera matrix [pixel], pixel centres at halves, float32, shape (3, 3).
        source: What messages call it.
        size: Width and height of its pictures [pixel]; None where nothing is said.
        per_metre: Numbers of its depth pictures per metre; None where nothing is said.
    """

    matrix: torch.Tensor
    source: str
    size: tuple[int, int] | None = None
    per_metre: float | None = None

    def require_fit(self, height: int, width: int) -> None:
        """Raise ValueError unless this can be the camera of pictures of that size."""
        if self.size not in (None, (width, height)):
            raise ValueError(
                f"{self.source} is for pictures of {self.size[0]} x {self.size[1]} pixels, these have "
                f"{width} x {height}; give the intrinsics of this size"
            )
        fx, cx, cy = (float(self.matrix[place]) for place in ((0, 0), (0, 2), (1, 2)))
        if not (PIXEL_CENTRE < cx < width and PIXEL_CENTRE < cy < height):
            point = f"({cx - PIXEL_CENTRE:g}, {cy - PIXEL_CENTRE:g})"
            raise ValueError(
                f"{self.source}: the principal point {point} is outside the picture of {width} x {height} pixels; "
                "the order is fx fy cx cy [pixel]"
            )
        angle, (least, most) = 2 * math.degrees(math.atan(width / (2 * fx))), FIELD_OF_VIEW
        if not least <= angle <= most:
            raise ValueError(
                f"{self.source}: fx {fx:g} makes {width} pixels span {angle:.3g} degrees; {least:g} to {most:g} are "
                "possible, and focal lengths are in pixels"
            )


def read_intrinsics(words: Sequence[str]) -> Intrinsics:
    """Read a camera.

    Args:
        words: What `FORMATS` lists. cx and cy are those of OpenCV and ROS, whose pixel centres lie at whole numbers;
            matrices may be written by rows or, as Open3D and MATLAB do, by columns.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the words are neither numbers nor a readable file, the camera is impossible, or its pictures
            are distorted.
    """
    if len(words) == 4:
        return _camera("--intrinsics", [_number(word) for word in words])
    if len(words) != 1:
        raise ValueError(f"--intrinsics takes four numbers fx fy cx cy or one file, got {len(words)}")
    path = Path(words[0])
    content = _content(path)
    if not isinstance(content, Mapping):
        return _camera(str(path), content)
    fields = _fields(content)
    _require_pinhole(path, fields)
    width, height = (_scalar(path, fields, (name, f"image{name}")) for name in ("width", "height"))
    size = None if width is None or height is None else (round(width), round(height))
    return _camera(str(path), _matrix_of(fields), size, _scalar(path, fields, _SCALE))


def _content(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """What a file holds: a mapping, or lists or an array of numbers."""
    try:
        if path.suffix.lower() == ".npy":
            return read_array(path)
        with readable(path, "file of intrinsics"):
            if path.suffix.lower() == ".mat":
                return _matlab(path)
            text = read_text(path).strip()
            return parse_json(text, str(path)) if text.startswith(("{", "[")) else _numbers_only(text) or _yaml(text)
    except FileError as error:
        raise FileError(f"{error}; what is read: {FORMATS}") from None


def _matlab(path: Path) -> Any:  # noqa: ANN401
    """Camera of a MATLAB file, read in a process of its own: SciPy's reader can crash on a damaged file."""
    words = [sys.executable, "-P", "-c", _READ_MATLAB, str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise FileError(f"{path} is no readable MATLAB file with intrinsic_matrix and factor_depth")
    return parse_json(done.stdout, str(path))


class _Loader(yaml.SafeLoader):
    """YAML, and OpenCV's matrices in it."""


_Loader.add_constructor("tag:yaml.org,2002:opencv-matrix", yaml.SafeLoader.construct_yaml_map)


def _yaml(text: str) -> Any:  # noqa: ANN401
    """First document of a YAML file; OpenCV's own head ``%YAML:1.0`` is none of YAML's."""
    text = text.split("\n", 1)[-1] if text.startswith("%YAML") else text
    return next(iter(yaml.load_all(text, _Loader)), None)


def _numbers_only(text: str) -> list[float] | None:
    """Numbers of a text that holds nothing else."""
    try:
        return [float(word) for word in re.sub("#.*", "", text).replace(",", " ").split()]
    except ValueError:
        return None


def _fields(content: Mapping[Any, Any]) -> dict[str, Any]:
    """Values by name, with those of a camera one level below; case, underlines and ORB-SLAM's prefix do not count."""
    fields = _plain_names(content)
    for inner in [fields[name] for name in _MATRIX if isinstance(fields.get(name), Mapping)]:
        fields |= _plain_names(inner)
    return fields


def _plain_names(content: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key).lower().replace("_", "").removeprefix("camera."): value for key, value in content.items()}


def _first(fields: Mapping[str, Any], names: Sequence[str]) -> Any:  # noqa: ANN401
    return next((fields[name] for name in names if fields.get(name) is not None), None)


def _scalar(path: Path, fields: Mapping[str, Any], names: Sequence[str]) -> float | None:
    value = _first(fields, names)
    numbers = np.zeros(1) if value is None else _numbers(path, value)
    if numbers.size != 1 or not np.isfinite(numbers).all():
        raise FileError(f"{path}: {names[0]} must be one number")
    return None if value is None else float(numbers[0])


def _matrix_of(fields: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Four numbers or the matrix among the fields of a file; None if there is neither."""
    four = [_first(fields, names) for names in _NAMES]
    if not any(value is None for value in four):
        return four
    matrix = _first(fields, _MATRIX)
    return matrix.get("data") if isinstance(matrix, Mapping) else matrix


def _require_pinhole(path: Path, fields: Mapping[str, Any]) -> None:
    """Raise FileError if the camera distorts its pictures."""
    remedy = (
        "undistort colour and depth first (ROS: image_proc), then give four numbers fx fy cx cy of the undistorted "
        "pictures (ROS: those of P)"
    )
    for name in _DISTORTION:
        value = fields.get(name)
        value = value.get("data") if isinstance(value, Mapping) else value
        if value is not None and np.any(_numbers(path, value) != 0.0):
            raise FileError(f"{path}: the camera distorts its pictures ({name} is not 0): {remedy}")
    model = str(_first(fields, ("distortionmodel", "model", "type"))).lower()
    if any(word in model for word in _FISHEYE):
        raise FileError(f"{path}: the camera is no pinhole ({model}): {remedy}")


def _camera(
    source: str, values: object, size: tuple[int, int] | None = None, per_metre: float | None = None
) -> Intrinsics:
    """Check numbers and make the camera of them."""
    if values is None:
        raise FileError(f"{source} holds no camera matrix; what is read: {FORMATS}")
    numbers = _numbers(source, values)
    if numbers.size not in (4, 9):
        raise FileError(f"{source}: a camera has four numbers or a matrix of 3 x 3, got {numbers.size} numbers")
    fx, fy, cx, cy = numbers if numbers.size == 4 else _four(source, numbers.reshape(3, 3))
    if not (0.0 < fx < math.inf and 0.0 < fy < math.inf and math.isfinite(cx) and math.isfinite(cy)):
        raise FileError(f"{source}: fx {fx:g}, fy {fy:g}, cx {cx:g}, cy {cy:g}: focal lengths must be positive")
    if max(fx / fy, fy / fx) > MAX_ASPECT:
        raise FileError(f"{source}: fx {fx:g} and fy {fy:g} differ too much; pixels are square, order: fx fy cx cy")
    matrix = [[fx, 0.0, cx + PIXEL_CENTRE], [0.0, fy, cy + PIXEL_CENTRE], [0.0, 0.0, 1.0]]
    return Intrinsics(torch.tensor(matrix, dtype=torch.float32), source, size, per_metre)


def _four(source: str, matrix: np.ndarray) -> list[float]:
    """The numbers fx, fy, cx, cy of a matrix by rows or by columns."""
    if matrix[2].tolist() != [0.0, 0.0, 1.0]:
        matrix = matrix.T
    (fx, skew, cx), (zero, fy, cy), last = matrix.tolist()
    if last != [0.0, 0.0, 1.0] or zero != 0.0 or not abs(skew) < 1e-3 * abs(fx):
        raise FileError(f"{source} is no camera matrix: fx 0 cx, 0 fy cy, 0 0 1 are its rows")
    return [fx, fy, cx, cy]


def _numbers(source: str | Path, values: Any) -> np.ndarray:  # noqa: ANN401
    """Numbers, at most two lists deep, as a flat array."""
    lists = list | tuple | np.ndarray
    rows = values if isinstance(values, lists) else [values]
    flat = (number for row in rows for number in (row if isinstance(row, lists) else [row]))
    try:
        return np.array([float(number) for number in islice(flat, _MOST)])
    except (TypeError, ValueError, OverflowError):
        raise FileError(f"{source} holds values that are no numbers; what is read: {FORMATS}") from None


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise ValueError(f"--intrinsics: {word[:40]!r} is not a number") from None
