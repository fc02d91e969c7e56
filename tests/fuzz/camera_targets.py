"""Cameras and pictures."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import mutators
import numpy as np
from PIL import Image
from target import Target, given, of_file, words_target

_MATRIX = np.array([[600.0, 0.0, 320.0], [0.0, 610.0, 240.0], [0.0, 0.0, 1.0]])
_JSON_CAMERAS = (
    b'{"width": 640, "height": 480, "ppx": 320.0, "ppy": 240.0, "fx": 600.0, "fy": 610.0, "coeffs": [0, 0]}',
    b'{"width": 640, "height": 480, "intrinsic_matrix": [600.0, 0.0, 0.0, 0.0, 610.0, 0.0, 320.0, 240.0, 1.0]}',
    b'{"intrinsics": {"fx": 600, "fy": 610, "cx": 320, "cy": 240}, "depth_scale": 0.001}',
)
_YAML_CAMERAS = (
    b"image_width: 640\nimage_height: 480\ncamera_name: head\ncamera_matrix:\n  rows: 3\n  cols: 3\n"
    b"  data: [600.0, 0.0, 320.0, 0.0, 610.0, 240.0, 0.0, 0.0, 1.0]\ndistortion_model: plumb_bob\n"
    b"distortion_coefficients: {rows: 1, cols: 5, data: [0.0, 0.0, 0.0, 0.0, 0.0]}\n",
    b"%YAML:1.0\n---\nimage_width: 640\ncamera_matrix: !!opencv-matrix\n   rows: 3\n   cols: 3\n   dt: d\n"
    b"   data: [ 6.0e+02, 0., 3.2e+02, 0., 6.1e+02, 2.4e+02, 0., 0., 1. ]\n",
    b"%YAML:1.0\n\nCamera.fx: 600.0\nCamera.fy: 610.0\nCamera.cx: 320.0\nCamera.cy: 240.0\nDepthMapFactor: 5000.0\n",
)
_TEXT_CAMERAS = (b"# K of the camera\n6.0e2 0 320\n0, 610, 240\n0 0 1\n", b"600 610 320 240")


def _matlab_files(folder: Path) -> list[bytes]:
    from scipy.io import savemat

    savemat(folder / "a.mat", {"intrinsic_matrix": _MATRIX, "factor_depth": [[1000]], "poses": np.zeros((3, 4, 2))})
    return [(folder / "a.mat").read_bytes()]


def _camera(words: Sequence[str]) -> object:
    from pushgrasp.grasping.predict.intrinsics import read_intrinsics

    return read_intrinsics(words).require_fit(480, 640)


def _array(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


def _picture(values: np.ndarray, kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(values).save(file, kind)
    return file.getvalue()


def _colour_pictures(folder: Path) -> list[bytes]:
    del folder
    rgb = np.arange(24 * 32 * 3, dtype=np.uint8).reshape(24, 32, 3)
    palette = io.BytesIO()
    Image.fromarray(rgb).quantize(8).save(palette, "PNG")
    kinds = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF")
    return [palette.getvalue(), *(_picture(rgb, kind) for kind in kinds), _picture(rgb[..., 0], "PNG")]


def _depth_pictures(folder: Path) -> list[bytes]:
    del folder
    depth = np.linspace(700, 1100, 24 * 32).reshape(24, 32)
    metres = (depth / 1000).astype(np.float32)
    return [
        _picture(depth.astype(np.uint16), "PNG"),
        _picture(depth.astype(np.uint16), "TIFF"),
        _picture(metres, "TIFF"),
    ]


def _depth_arrays(folder: Path) -> list[bytes]:
    del folder
    depth = np.linspace(0.7, 1.1, 24 * 32).reshape(24, 32)
    return [_array(depth), _array(depth.astype(np.float16)), _array((1000 * depth).astype(np.uint16))]


def _read_colour(path: Path) -> object:
    from pushgrasp.grasping.predict.inputs import read_colour

    return read_colour(path)


def _read_depth_and_mask(path: Path) -> object:
    from pushgrasp.grasping.predict.inputs import read_depth, read_mask

    try:
        return read_depth(path)
    finally:
        read_mask(path)


_BY_PATH = {
    suffix: of_file(lambda path: _camera([str(path)]), suffix) for suffix in (".json", ".yaml", ".txt", ".npy", ".mat")
}


TARGETS = (
    Target("camera json", given(*_JSON_CAMERAS), _BY_PATH[".json"], mutators.damaged_json),
    Target("camera yaml", given(*_YAML_CAMERAS), _BY_PATH[".yaml"]),
    Target("camera text", given(*_TEXT_CAMERAS), _BY_PATH[".txt"]),
    Target("camera npy", given(_array(_MATRIX), _array(_MATRIX.T)), _BY_PATH[".npy"]),
    Target("camera mat", _matlab_files, _BY_PATH[".mat"], share=0.004),
    words_target("camera words", given(["600", "610", "320", "240"], ["a"]), lambda words, _: _camera(words)),
    Target("colour", _colour_pictures, of_file(_read_colour, ".png"), mutators.damaged_png),
    Target("depth", _depth_pictures, of_file(_read_depth_and_mask, ".png"), mutators.damaged_png),
    Target("depth npy", _depth_arrays, of_file(_read_depth_and_mask, ".npy")),
)  # fmt: skip
