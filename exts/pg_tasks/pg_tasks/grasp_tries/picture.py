"""Scenes and the grasps that were tried in them, as a page of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import torch

from pushgrasp.files.atomic import atomic_file
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.maps.primitives import heading
from pushgrasp.policies.maps.tries import SceneTries

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

HELD, FAILED = "#30d158", "#ff453a"
"""Colours of grasps that lifted their object alone, and of others."""


def draw_tries(axes: Axes, scene: SceneTries, workspace: Workspace) -> None:
    """Draw heights, and a line between the jaws of each grasp."""
    extent = workspace.x_min, workspace.x_max, workspace.y_min, workspace.y_max
    axes.imshow(scene.height.float(), extent=extent, cmap="gray", vmin=0.0, vmax=0.15)
    middle = workspace.cell_to_xy(scene.cell.long())
    half = 0.5 * scene.width[:, None] * heading(scene.angle)
    for ends, held in zip(torch.stack((middle - half, middle + half), dim=1), scene.lifted.tolist(), strict=True):
        axes.plot(ends[:, 0], ends[:, 1], color=HELD if held else FAILED, linewidth=0.8)
    inside = workspace.cell_to_xy((scene.ids > 0).nonzero()) if bool(scene.ids.any()) else middle
    axes.set_xlim(float(inside[:, 0].min()) - 0.05, float(inside[:, 0].max()) + 0.05)
    axes.set_ylim(float(inside[:, 1].min()) - 0.05, float(inside[:, 1].max()) + 0.05)
    axes.set_axis_off()
    axes.set_title(f"{int(scene.lifted.sum())} of {len(scene.lifted)} held", fontsize=8)


def write_page(path: Path, scenes: Sequence[SceneTries], workspace: Workspace | None = None) -> None:
    """Write a PNG of up to eight scenes.

    Raises:
        OSError: If the file cannot be written.
    """
    figure, grid = plt.subplots(2, 4, figsize=(14, 7), layout="constrained")
    for axes, scene in zip(grid.flat, scenes, strict=False):
        draw_tries(axes, scene, workspace or Workspace())
    for axes in grid.flat[len(scenes) :]:
        axes.set_axis_off()
    with atomic_file(path, ".png") as file:
        figure.savefig(file, dpi=100)
    plt.close(figure)
