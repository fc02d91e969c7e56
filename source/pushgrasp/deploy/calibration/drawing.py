"""Frames, table and board drawn onto a picture: a small residual proves nothing, people can see whether it is right."""

from __future__ import annotations

import io

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pushgrasp.deploy.calibration.board import BoardCfg
from pushgrasp.deploy.calibration.calibration import Calibration
from pushgrasp.deploy.calibration.reprojection import Observation
from pushgrasp.deploy.calibration.rigid import apply, inverse, project

AXIS_LENGTH = 0.15
"""Length of the axes that are drawn [m]."""

COLOURS = ("#e41a1c", "#2ca02c", "#1f6fe0")
"""Of the x, y and z axis."""

OUTSIDE = 0.25
"""How far beyond the picture frames are drawn, in units of its width."""

WIDTH = 1100
"""Of the drawings [pixel]."""

NEAREST = 0.05
"""What is closer to the camera's plane than this is not drawn [m]."""


def draw_table(picture: np.ndarray, calibration: Calibration, board: BoardCfg, workspace_side: float = 1.0) -> bytes:
    """Return a PNG of a picture of the table: both bases, the world, the workspace and the board in its middle.

    Args:
        picture: RGB, shape (h, w, 3), uint8.
        calibration: The calibration.
        board: The board.
        workspace_side: Side of the square workspace [m].
    """
    figure, axes = _figure(picture, OUTSIDE)
    camera_from_world = inverse(calibration.camera.pose.transform)
    half = 0.5 * workspace_side
    square = np.array(((-half, -half, 0.0), (half, -half, 0.0), (half, half, 0.0), (-half, half, 0.0)))
    _draw_outline(axes, apply(camera_from_world, square), calibration, "#ffb000")
    lying = board.outline + np.array((0.0, 0.0, board.thickness))
    _draw_outline(axes, apply(camera_from_world, lying), calibration, "#00d0ff")
    _draw_frame(axes, camera_from_world, calibration, "world")
    for name, arm in calibration.arms.items():
        _draw_frame(axes, camera_from_world @ arm.base.transform, calibration, name)
    return _png(figure)


def draw_board(
    picture: np.ndarray, calibration: Calibration, board: BoardCfg, arm: str, observation: Observation
) -> bytes:
    """Return a PNG of a picture of the board in a gripper: where it was seen, and where the arm says that it is.

    Args:
        picture: RGB, shape (h, w, 3), uint8.
        calibration: The calibration.
        board: The board.
        arm: Name of the arm.
        observation: What was found in the picture, and what the arm said.
    """
    figure, axes = _figure(picture, 0.0)
    one = calibration.arms[arm]
    world_from_board = one.base.transform @ observation.base_from_tool @ one.board.transform
    camera_from_board = inverse(calibration.camera.pose.transform) @ world_from_board
    _draw_outline(axes, apply(camera_from_board, board.outline), calibration, "#00d0ff")
    _draw_frame(axes, camera_from_board, calibration, "board", 0.5 * board.size[1])
    said = project(apply(camera_from_board, observation.corners.points), calibration.camera.matrix)
    axes.plot(*observation.corners.pixels.T, "o", color="#ffb000", fillstyle="none", markersize=7)
    axes.plot(*said.T, "+", color="#e41a1c", markersize=6)
    return _png(figure)


def _figure(picture: np.ndarray, outside: float) -> tuple[Figure, Axes]:
    """Return a figure with a picture whose pixel centres are at halves, and room around it."""
    height, width = picture.shape[:2]
    margin = outside * width
    sides = width + 2.0 * margin, height + margin
    figure = Figure(figsize=(WIDTH / 100, WIDTH / 100 * sides[1] / sides[0]), dpi=100)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.imshow(picture, extent=(0.0, width, height, 0.0))
    axes.set(xlim=(-margin, width + margin), ylim=(height + 0.5 * margin, -0.5 * margin), autoscale_on=False)
    return figure, axes


def _draw_outline(axes: Axes, points: np.ndarray, calibration: Calibration, colour: str) -> None:
    """Draw a closed line through points in the camera's frame [m], shape (N, 3)."""
    if (points[:, 2] > NEAREST).all():
        pixels = project(points, calibration.camera.matrix)
        axes.plot(*np.concatenate((pixels, pixels[:1])).T, color=colour, linewidth=1.5)


def _draw_frame(
    axes: Axes, camera_from_frame: np.ndarray, calibration: Calibration, name: str, length: float = AXIS_LENGTH
) -> None:
    """Draw a frame and its name."""
    points = apply(camera_from_frame, length * np.concatenate((np.zeros((1, 3)), np.eye(3))))
    if (points[:, 2] < NEAREST).any():
        return
    origin, *ends = project(points, calibration.camera.matrix)
    for end, colour in zip(ends, COLOURS, strict=True):
        axes.plot(*np.stack((origin, end)).T, color=colour, linewidth=2.5)
    style = {"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 1.5}
    axes.annotate(name, origin, (6, 6), textcoords="offset points", fontsize=9, bbox=style, annotation_clip=False)


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
