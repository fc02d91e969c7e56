"""Whether pictures are new, whole and what the calibration expects, and one picture of several."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import torch

from pushgrasp.deploy.alignment import AlignmentCfg, check_alignment
from pushgrasp.deploy.devices import DeviceFault, Frame
from pushgrasp.deploy.opencv import opencv
from pushgrasp.grasping.predict.inputs import FARTHEST, NEAREST
from pushgrasp.grasping.predict.intrinsics import Intrinsics
from pushgrasp.perception.depth_filter import DepthFilterCfg, median_of_neighbours, median_over_time
from pushgrasp.settings import NotNegative, Positive, Settings, Share

BLACK, WHITE = 30, 250
"""Brightness, of 255, below which a pixel shows nothing, and from which on it is saturated."""

OFF_CENTRE = 0.15
"""Distance of the principal point from the picture's centre at most, as a share of its width and height."""

OPENCV_WINDOW = 5
"""Largest square whose median OpenCV takes of float32 [pixel]."""

TABLE_SPREAD = 0.015
"""Noise and unevenness of the table at most [m]."""


@dataclass
class FrameCfg(Settings):
    """What a usable picture is."""

    age: Positive = 3.0
    """Oldest picture that is looked at [s]; several are grabbed and checked within that."""
    holes: Share = 0.3
    """Share of the table's pixels without depth at most."""
    table: NotNegative = 0.010
    """Distance of the table from where the calibration expects it at most, along the optical axis [m]."""
    dark: Share = 0.01
    """Share of the pixels that show something at least."""
    saturated: Share = 0.3
    """Share of the pixels that are pure white at most."""
    alignment: AlignmentCfg = field(default_factory=AlignmentCfg)
    """How edges of depth and colour are compared."""


def check_frames(
    frames: Sequence[Frame], intrinsics: np.ndarray, table_depth: np.ndarray | float, cfg: FrameCfg
) -> None:
    """Refuse pictures of one grab that no decision may be made on.

    Args:
        frames: In the order in which they were taken, at least one.
        intrinsics: Pinhole matrix [pixel], shape (3, 3).
        table_depth: Depth of the empty table by the calibration [m]: one number, or shape (h, w) with 0 outside the
            workspace, where nothing is looked at.
        cfg: What is allowed.

    Raises:
        DeviceFault: Naming the picture, what is wrong with it and what to do.
        ValueError: If there is no picture.
    """
    if not frames:
        raise ValueError("frames is empty: at least one picture is needed")
    check_new(frames, cfg)
    for frame in frames:
        check_size(frame, intrinsics)
        check_exposure(frame, cfg)
        check_scale(frame)
    last = frames[-1]
    table = np.broadcast_to(np.asarray(table_depth, dtype=np.float32), last.depth.shape)
    depth = _clean(last.depth)
    check_holes(depth, table, cfg)
    check_table(depth, table, cfg)
    check_alignment(last.colour, depth, cfg.alignment)


def check_new(frames: Sequence[Frame], cfg: FrameCfg) -> None:
    """Refuse pictures that are old, or do not follow each other.

    Raises:
        DeviceFault: If they are.
    """
    for before, after in pairwise(frames):
        if after.number <= before.number or after.taken <= before.taken:
            pair = f"number {before.number} and then {after.number}, {after.taken - before.taken:.3f} s later"
            raise DeviceFault(f"camera: pictures do not follow each other: {pair}: restart the camera")
    age = time.monotonic() - frames[0].taken
    if age > cfg.age:
        remedy = "look at the camera's link; is the machine too busy?"
        raise DeviceFault(f"camera: picture {frames[0].number} is {age:.2f} s old, {cfg.age:g} are allowed: {remedy}")


def check_size(frame: Frame, intrinsics: np.ndarray) -> None:
    """Refuse a picture that is not of the camera with these intrinsics.

    Raises:
        DeviceFault: If colour and depth differ in size, or the principal point is not near their centre.
    """
    height, width = frame.depth.shape
    if frame.colour.shape != (height, width, 3):
        sizes = f"colour is {frame.colour.shape}, depth {frame.depth.shape}"
        raise DeviceFault(f"picture {frame.number}: {sizes}: align depth to colour in the driver")
    camera = Intrinsics(torch.as_tensor(intrinsics, dtype=torch.float32), "camera")
    try:
        camera.require_fit(height, width)
    except ValueError as error:
        raise DeviceFault(f"picture {frame.number}: {error}") from error
    centre = np.array([intrinsics[0, 2] / width, intrinsics[1, 2] / height])
    if np.abs(centre - 0.5).max() > OFF_CENTRE:
        point = f"({intrinsics[0, 2]:.0f}, {intrinsics[1, 2]:.0f})"
        remedy = "they belong to another resolution: read them from the camera again"
        raise DeviceFault(
            f"picture {frame.number} has {width} x {height} pixels, the intrinsics a centre at {point}: {remedy}"
        )


def check_exposure(frame: Frame, cfg: FrameCfg) -> None:
    """Refuse a picture that is black or washed out.

    Raises:
        DeviceFault: If it is.
    """
    red, green, blue = np.moveaxis(frame.colour[::4, ::4], 2, 0)
    shown = float((np.maximum(np.maximum(red, green), blue) >= BLACK).mean())
    if shown < cfg.dark:
        remedy = "is the light on, and the lens free? Else raise the exposure"
        raise DeviceFault(f"picture {frame.number} is dark: {shown:.1%} of it shows something: {remedy}")
    white = float((np.minimum(np.minimum(red, green), blue) >= WHITE).mean())
    if white > cfg.saturated:
        remedy = "lower the exposure or shade the lamp"
        raise DeviceFault(f"picture {frame.number}: {white:.0%} of it is pure white: {remedy}")


def check_scale(frame: Frame) -> None:
    """Refuse depth that no camera over a table sees, as in another unit.

    Raises:
        DeviceFault: If it does, or if there is none.
    """
    seen = frame.depth[::4, ::4]
    seen = seen[np.isfinite(seen) & (seen > 0.0)]
    if not seen.size:
        raise DeviceFault(f"picture {frame.number} has no depth: look at the camera's cable and its projector")
    median = float(np.median(seen))
    if not NEAREST <= median <= FARTHEST:
        remedy = "metres are needed (are these millimetres?)" if median > FARTHEST else "what stands before the camera?"
        text = f"median depth is {median:.3g} m, {NEAREST:g} to {FARTHEST:g} are possible"
        raise DeviceFault(f"picture {frame.number}: {text}: {remedy}")


def check_holes(depth: np.ndarray, table: np.ndarray, cfg: FrameCfg) -> None:
    """Refuse depth with too many holes.

    Args:
        depth: Depth [m], shape (h, w), 0 where there is none.
        table: Expected depth of the table [m], shape (h, w), 0 outside the workspace.
        cfg: What is allowed.

    Raises:
        DeviceFault: If it has.
    """
    inside = table > 0.0
    if not inside.any():
        raise DeviceFault("camera: the workspace is not in the picture: calibrate again")
    holes = float((depth[inside] == 0.0).mean())
    if holes > cfg.holes:
        remedy = "look for glare, a dirty lens or a bare glossy table; is the projector on?"
        raise DeviceFault(f"camera: {holes:.0%} of the workspace has no depth, {cfg.holes:.0%} are allowed: {remedy}")


def check_table(depth: np.ndarray, table: np.ndarray, cfg: FrameCfg) -> None:
    """Refuse depth whose table is not where the calibration expects it; arguments as :func:`check_holes`.

    Raises:
        DeviceFault: If it is not, so that camera or table have moved or the calibration is another cell's.
    """
    depth, table = depth[::2, ::2], table[::2, ::2]
    inside = (table > 0.0) & (depth > 0.0)
    if not inside.any():
        raise DeviceFault("camera: no depth in the workspace: is the camera where it was calibrated?")
    offset = _table_offset((depth[inside] - table[inside]).astype(np.float64))
    if abs(offset) > cfg.table:
        where = f"{1000 * abs(offset):.0f} mm {'farther' if offset > 0 else 'nearer'} than the calibration says"
        remedy = f"{1000 * cfg.table:g} mm are allowed: has the camera or the table moved? Calibrate again"
        raise DeviceFault(f"camera: the table is {where}, {remedy}")


def _table_offset(offsets: np.ndarray) -> float:
    """Where the farthest dense layer of offsets from the table lies [m]; objects on the table are nearer."""
    centre = float(np.quantile(offsets, 0.95))
    for _ in range(10):
        centre = float(np.median(offsets[np.abs(offsets - centre) <= TABLE_SPREAD]))
    return centre


def combine_frames(frames: Sequence[Frame], cfg: DepthFilterCfg) -> Frame:
    """Return one picture: the median depth over time and then over neighbours, and the last colour.

    Holes stay holes where no picture shows anything: nothing is invented.

    Args:
        frames: Of a scene that stands still.
        cfg: Window of the filter; how many pictures there are is up to the caller.

    Raises:
        ValueError: If there is no picture.
    """
    if not frames:
        raise ValueError("frames is empty: at least one picture is needed")
    depth = median_over_time([torch.from_numpy(_clean(frame.depth)) for frame in frames]).numpy()
    last = frames[-1]
    return Frame(last.colour, _smoothed(depth, cfg.window), last.taken, last.number)


def _smoothed(depth: np.ndarray, window: int) -> np.ndarray:
    """Depth (h, w) [m] as ``filter_depth`` smooths it; OpenCV does so where a square has no hole, in no time."""
    if window == 1:
        return depth
    cv2 = opencv()
    near_hole = cv2.dilate((depth == 0.0).astype(np.uint8), np.ones((window, window), np.uint8)) > 0
    left = (depth > 0.0) & (near_hole | (window > OPENCV_WINDOW))
    smooth = cv2.medianBlur(depth, min(window, OPENCV_WINDOW))
    smooth[left] = median_of_neighbours(torch.from_numpy(depth), window, torch.from_numpy(left)).numpy()
    smooth[depth == 0.0] = 0.0
    return smooth


def _clean(depth: np.ndarray) -> np.ndarray:
    """Depth with 0 for all that is none."""
    return np.where(np.isfinite(depth) & (depth > 0.0), depth, 0.0).astype(np.float32)
