"""Colour, depth and mask files as tensors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from pushgrasp.files.picture_files import open_picture, read_array, readable

MILLIMETRES = 1000.0
"""Numbers per metre of whole-number depth pictures, unless told otherwise."""

NEAREST, FARTHEST = 0.1, 2.5
"""Median depth that a camera over a table can see [m]."""

_SCALES = (1.0, 100.0, 1000.0, 4000.0, 5000.0, 10_000.0, 1_000_000.0)
"""Numbers per metre that depth files have in the field."""


def read_colour(path: Path) -> torch.Tensor:
    """Colour picture, uint8, shape (3, H, W), upright; of 16 bits per channel the upper eight count.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no readable picture of 8 or 16 bits per channel, naming the file.
    """
    image = open_picture(path)
    if image.mode in ("I", "F"):
        raise ValueError(f"{path}: colour has 32 bits per channel; 8 or 16 are needed")
    with readable(path, "colour picture"):
        if image.mode.startswith("I;16"):  # Pillow itself would cut off at 255
            image = Image.fromarray((np.array(image) >> 8).astype(np.uint8))
        return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1).contiguous()


def read_depth(path: Path, per_metre: float | None = None) -> torch.Tensor:
    """Depth picture [m], float32, shape (H, W).

    Args:
        path: 16-bit PNG or TIFF, float TIFF, or ``.npy``.
        per_metre: Numbers per metre; None: 1000 for whole numbers (millimetres), 1 for floating point.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it cannot be read, has several channels or too few bits, holds no depth or one that no camera
            over a table sees, or ``per_metre`` is not positive.
    """
    values = _array(path)
    if values.ndim != 2:
        raise ValueError(f"{path}: depth has shape {values.shape}; one channel is needed, shape (height, width)")
    if values.dtype.itemsize == 1 or values.dtype.kind not in "uif":
        allowed = "integers of 16 bits or more, or floating point"
        raise ValueError(f"{path}: depth has numbers of type {values.dtype}; {allowed} are read")
    scale = per_metre if per_metre is not None else 1.0 if values.dtype.kind == "f" else MILLIMETRES
    if not 0.0 < scale < float("inf"):
        raise ValueError(f"depth scale is {scale}; a positive number of units per metre is needed")
    with np.errstate(over="ignore", invalid="ignore"):  # single pixels may hold anything
        values = values.astype(np.float64)
        _require_table(path, values, scale)
        return torch.from_numpy((values / scale).astype(np.float32))


def read_mask(path: Path) -> torch.Tensor:
    """Pixels of the objects to grasp: where the picture (or array) is not black, bool, shape (H, W).

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no readable picture or array, or a JPEG, which has no sharp edge between black and not.
    """
    values = _array(path, colours=True)
    if values.ndim not in (2, 3) or values.dtype.kind not in "buif":
        raise ValueError(f"{path}: a mask of {values.dtype} {values.shape} is none; shape (height, width) is needed")
    shown = np.nan_to_num(values) != 0
    return torch.from_numpy(shown if values.ndim == 2 else shown[..., :3].any(axis=2))


def _require_table(path: Path, values: np.ndarray, scale: float) -> None:
    """Raise ValueError unless depth is what a camera over a table sees."""
    seen = values[np.isfinite(values) & (values > 0.0)]
    if len(seen) < np.count_nonzero(values < 0.0):
        raise ValueError(f"{path}: depth is negative; distances to the image plane are above 0")
    if not len(seen):
        raise ValueError(f"{path}: the depth picture has no pixel with a depth above 0")
    if seen.min() == seen.max():
        raise ValueError(f"{path}: all {len(seen)} pixels that show something have the same depth, {seen[0]:g}")
    median = float(np.median(seen))
    if NEAREST <= median / scale <= FARTHEST:
        return
    fitting = [f"{s:.0f} ({median / s:.2g} m)" for s in _SCALES if NEAREST <= median / s <= FARTHEST]
    remedy = f"--depth-scale {' or '.join(fitting)} would" if fitting else "no usual --depth-scale does"
    raise ValueError(
        f"{path}: the median depth is {median / scale:.3g} m at {scale:g} numbers per metre; a camera over a table "
        f"sees {NEAREST} to {FARTHEST} m: {remedy} fit"
    )


def _array(path: Path, colours: bool = False) -> np.ndarray:
    """Numbers of a picture or an ``.npy`` file; ``colours``: those of a palette, and without opacity."""
    if path.suffix.lower() == ".npy":
        return read_array(path)
    image = open_picture(path)
    if colours and image.format in ("JPEG", "MPO"):
        raise ValueError(f"{path}: JPEG blurs the edge of a mask; write it as PNG")
    with readable(path, "picture"):
        return np.array(image.convert("RGB") if colours and image.mode[0] not in "IF" else image)
