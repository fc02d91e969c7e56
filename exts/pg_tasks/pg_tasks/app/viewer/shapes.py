"""Lines and points in the world frame that the overlays consist of: pure geometry, nothing is drawn here."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from pushgrasp.perception.workspace import Workspace

Colour = tuple[float, float, float]
"""Red, green, blue in [0, 1]."""

ARROW_LENGTH, ARROW_ANGLE = 0.03, math.radians(150.0)
"""Barbs of an arrowhead: length [m], and angle to the direction of the arrow [rad]."""

FINGER_LENGTH, STEM_LENGTH = 0.06, 0.06
"""Of the gripper that stands for a grasp [m]."""


@dataclass
class Lines:
    """Line segments."""

    starts: torch.Tensor
    """[m], shape (S, 3)."""
    ends: torch.Tensor
    """[m], shape (S, 3)."""
    colour: Colour


@dataclass
class Points:
    """Coloured points."""

    positions: torch.Tensor
    """[m], shape (P, 3)."""
    colours: torch.Tensor
    """Red, green, blue in [0, 1], shape (P, 3)."""


def mask_outline(
    mask: torch.Tensor, height: torch.Tensor, workspace: Workspace, colour: Colour, lift: float = 0.003
) -> Lines:
    """Return the borders between cells in and out of a mask, draped over the heightmap.

    Args:
        mask: Cells, shape (H, W), bool.
        height: Heightmap [m], shape (H, W).
        workspace: Area of both.
        colour: Of the lines.
        lift: Height above the higher one of the two cells [m].
    """
    sides = _borders(mask, height, lift)
    fronts = _borders(mask.T, height.T, lift)
    # Cells (row, column) -> corner points: column c begins at x_min + c * resolution, row r ends as far below y_max.
    rows = torch.cat((torch.stack((sides[0], sides[0] + 1), dim=1), fronts[1][:, None].expand(-1, 2)))
    columns = torch.cat((sides[1][:, None].expand(-1, 2), torch.stack((fronts[0], fronts[0] + 1), dim=1)))
    x = workspace.x_min + columns * workspace.resolution
    y = workspace.y_max - rows * workspace.resolution
    z = torch.cat((sides[2], fronts[2]))[:, None].expand(-1, 2)
    ends = torch.stack((x, y, z), dim=-1)
    return Lines(ends[:, 0], ends[:, 1], colour)


def _borders(mask: torch.Tensor, height: torch.Tensor, lift: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return row, column and height (S,) of the borders on the left side of cells; column W is the right edge."""
    padded = torch.nn.functional.pad(mask.float(), (1, 1)) > 0.5
    heights = torch.nn.functional.pad(height, (1, 1))
    row, column = (padded[:, 1:] != padded[:, :-1]).nonzero(as_tuple=True)
    return row, column, torch.maximum(heights[row, column], heights[row, column + 1]) + lift


def push_path(path: torch.Tensor, clearance: float, colour: Colour) -> Lines:
    """Return a push path as an arrow over the pile, with posts down to where it begins and ends.

    Args:
        path: TCP points [m], shape (P, 3).
        clearance: Height at which the arrow lies [m].
        colour: Of the lines.
    """
    line = path.clone()
    line[:, 2] = clearance
    direction = line[-1, :2] - line[-2, :2]
    angle = math.atan2(float(direction[1]), float(direction[0]))
    barbs = [
        line[-1] + ARROW_LENGTH * line.new_tensor((math.cos(angle + turn), math.sin(angle + turn), 0.0))
        for turn in (ARROW_ANGLE, -ARROW_ANGLE)
    ]
    starts = torch.cat((line[:-1], line[-1:], line[-1:], line[[0, -1]]))
    ends = torch.cat((line[1:], torch.stack(barbs), path[[0, -1]]))
    return Lines(starts, ends, colour)


def grasp_gripper(position: torch.Tensor, rotation: torch.Tensor, width: float, colour: Colour) -> Lines:
    """Return an open gripper as two fingers, the bridge between them and the stem behind.

    Args:
        position: Point between the finger tips [m], shape (3,).
        rotation: Gripper to world, shape (3, 3): closing, side and approach direction.
        width: Jaw opening [m].
        colour: Of the lines.
    """
    half, back, stem = 0.5 * width, -FINGER_LENGTH, -FINGER_LENGTH - STEM_LENGTH
    starts = ((-half, 0.0, 0.0), (half, 0.0, 0.0), (-half, 0.0, back), (0.0, 0.0, back))
    ends = ((-half, 0.0, back), (half, 0.0, back), (half, 0.0, back), (0.0, 0.0, stem))
    begin, end = (position + position.new_tensor(points) @ rotation.T for points in (starts, ends))
    return Lines(begin, end, colour)


def heightmap_points(height: torch.Tensor, colours: torch.Tensor, workspace: Workspace, least: float = 0.005) -> Points:
    """Return one point per cell that is higher than ``least`` [m].

    Args:
        height: Heightmap [m], shape (H, W).
        colours: Colour of each cell in [0, 1], shape (H, W, 3).
        workspace: Area of both.
        least: Cells at or below this height show the table [m].
    """
    shown = height > least
    xy = workspace.cell_centres(height.device, height.dtype)[shown]
    return Points(torch.cat((xy, height[shown][:, None]), dim=1), colours[shown])
