"""Colour, depth, mask and camera files as tensors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

MILLIMETRES = 1000.0
"""Numbers per metre of whole-number depth pictures, unless told otherwise."""

PIXEL_CENTRE = 0.5
"""OpenCV and ROS put pixel centres at whole numbers, this project at halves: see :mod:`pushgrasp.perception.camera`."""

_JSON_KEYS = ("K", "k", "camera_matrix", "intrinsic_matrix", "intrinsics")


def read_colour(path: Path) -> torch.Tensor:
    """Colour picture, uint8, shape (3, H, W); FileNotFoundError or ValueError naming the file."""
    return torch.from_numpy(np.array(_opened(path).convert("RGB"))).permute(2, 0, 1).contiguous()


def read_depth(path: Path, per_metre: float | None = None) -> torch.Tensor:
    """Depth picture [m], float32, shape (H, W).

    Args:
        path: 16-bit PNG or TIFF, float TIFF, or ``.npy``.
        per_metre: Numbers per metre; None: 1000 for whole numbers (millimetres), 1 for floating point.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it cannot be read, has several channels, or ``per_metre`` is not positive.
    """
    values = _array(path)
    if values.ndim != 2:
        raise ValueError(f"{path}: depth has shape {values.shape}; one channel is needed, shape (height, width)")
    if values.dtype == np.uint8:
        raise ValueError(f"{path}: depth has 8 bits, too few for a distance; 16-bit or floating-point files are read")
    whole = np.issubdtype(values.dtype, np.integer)
    scale = per_metre if per_metre is not None else MILLIMETRES if whole else 1.0
    if not 0.0 < scale < float("inf"):
        raise ValueError(f"depth scale is {scale}; a positive number of units per metre is needed")
    return torch.from_numpy(values.astype(np.float32) / np.float32(scale))


def read_mask(path: Path) -> torch.Tensor:
    """Pixels of the objects to grasp: where the picture (or array) is not 0, bool, shape (H, W)."""
    values = _array(path)
    return torch.from_numpy(values.reshape(*values.shape[:2], -1)[..., :3].any(axis=-1))


def read_intrinsics(words: Sequence[str]) -> torch.Tensor:
    """Camera matrix [pixel], float32, shape (3, 3), with pixel centres at halves.

    Args:
        words: Four numbers fx fy cx cy, or one file: ``.npy`` with a 3 x 3 matrix, or JSON with the keys fx, fy, cx,
            cy, with a matrix (3 x 3 or 9 numbers), or with such under K, as ROS writes it. cx and cy are those of
            OpenCV and ROS, whose pixel centres lie at whole numbers.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the words are neither, or the camera is impossible.
    """
    if len(words) == 1:
        matrix = _matrix_of_file(Path(words[0]))
    elif len(words) == 4:
        matrix = _matrix([_number(word) for word in words])
    else:
        raise ValueError(
            f"--intrinsics takes four numbers fx fy cx cy or one file, got {len(words)}: {' '.join(words)}"
        )
    usable = np.isfinite(matrix).all() and matrix[0, 0] > 0 and matrix[1, 1] > 0 and np.allclose(matrix[2], (0, 0, 1))
    if not usable:
        raise ValueError(f"no camera matrix: {matrix.tolist()}; focal lengths must be positive and the last row 0 0 1")
    matrix[:2, 2] += PIXEL_CENTRE
    return torch.from_numpy(matrix.astype(np.float32))


def _matrix_of_file(path: Path) -> np.ndarray:
    if path.suffix == ".npy":
        return _matrix(_array(path))
    if not path.is_file():
        raise FileNotFoundError(f"no file of intrinsics {path}")
    try:
        content = json.loads(path.read_text())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no readable JSON: {error}") from error
    try:
        return _matrix(_from_json(content))
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} holds no camera matrix: keys fx, fy, cx, cy or K are needed") from error


def _from_json(content: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    if not isinstance(content, Mapping):
        return content
    if "fx" in content:
        return [float(content[key]) for key in ("fx", "fy", "cx", "cy")]
    inner = content[next(key for key in _JSON_KEYS if key in content)] if set(_JSON_KEYS) & set(content) else None
    return _from_json(inner["data"] if isinstance(inner, Mapping) and "data" in inner else inner)


def _matrix(values: Any) -> np.ndarray:  # noqa: ANN401
    """Matrix (3, 3) of four or nine numbers."""
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.size == 4:
        fx, fy, cx, cy = numbers.ravel()
        return np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])
    if numbers.size != 9:
        raise ValueError(f"a camera matrix has 3 x 3 numbers, got shape {numbers.shape}")
    return numbers.reshape(3, 3).copy()


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise ValueError(f"--intrinsics: {word!r} is not a number") from None


def _array(path: Path) -> np.ndarray:
    """Array of a picture or an ``.npy`` file."""
    if path.suffix != ".npy":
        return np.array(_opened(path))
    if not path.is_file():
        raise FileNotFoundError(f"no file {path}")
    try:
        return np.load(path, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise ValueError(f"{path} is no readable array: {error}") from error


def _opened(path: Path) -> Image.Image:
    if not path.is_file():
        raise FileNotFoundError(f"no picture {path}")
    try:
        image = Image.open(path)
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise ValueError(f"{path} is no readable picture: {error}") from error
    return image
