"""Pictures of one decision: what is seen, what is made of it, what is done."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes

from pushgrasp.files.atomic import atomic_write
from pushgrasp.interface.action import KIND_NAMES, Action, in_words
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace

ARM_COLOURS = ("tab:blue", "tab:orange")


def save_image(path: Path, image: np.ndarray, title: str) -> Path:
    """Write a picture (H, W, 3) with a title."""
    return _save(path, title, lambda axes: axes.imshow(image))


def save_map(path: Path, values: torch.Tensor, title: str, unit: str = "") -> Path:
    """Write a map (H, W) as colours with a scale."""

    def draw(axes: Axes) -> None:
        shown = axes.imshow(values.cpu().numpy(), cmap="viridis")
        axes.figure.colorbar(shown, ax=axes, label=unit, shrink=0.8)

    return _save(path, title, draw)


def save_masks(path: Path, colour: torch.Tensor, masks: Sequence[tuple[str, torch.Tensor]], title: str) -> Path:
    """Write masks (H, W), each with a name, as outlines over a colour heightmap (3, H, W)."""

    def draw(axes: Axes) -> None:
        axes.imshow(_picture(colour))
        for index, (name, mask) in enumerate(masks):
            line = f"C{index}"
            if bool(mask.any()):
                axes.contour(mask.cpu().numpy(), levels=[0.5], colors=[line], linewidths=1.2)
            axes.plot([], [], color=line, label=name)
        axes.legend(loc="lower right", fontsize=8)

    return _save(path, title, draw)


def save_action(path: Path, heightmaps: Heightmaps, action: Action, workspace: Workspace, world: int = 0) -> Path:
    """Write what is done in one world over its colour heightmap, and the scores of the kinds that were seen."""
    given = zip(KIND_NAMES, action.score[world].tolist(), strict=True)
    scores = ", ".join(f"{name} {score:.2f}" for name, score in given if math.isfinite(score))

    def draw(axes: Axes) -> None:
        axes.imshow(_picture(heightmaps.colour[world]))
        for arm, position, rotation in action.jaws(world):
            style = "-" if bool(action.valid[world, arm]) else ":"
            _draw_jaws(axes, position, rotation, 0.5 * action.width[world, arm], style, workspace)
        for arm, way in action.ways(world):
            _draw_way(axes, way, arm, workspace)
        lines = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))  # both arms' jaws have one name
        if lines:
            axes.legend(list(lines.values()), list(lines), loc="lower right", fontsize=8)

    return _save(path, f"{in_words(KIND_NAMES[kind] for kind in action.kind[world])} ({scores})", draw)


def _draw_way(axes: Axes, way: torch.Tensor, arm: int, workspace: Workspace) -> None:
    column, row = _pixels(way[:, :2], workspace)
    axes.plot(column, row, color=ARM_COLOURS[arm], linewidth=2)
    axes.plot(column[0], row[0], "o", color=ARM_COLOURS[arm], label=f"arm {arm}, start")
    axes.annotate("", (column[-1], row[-1]), (column[-4:][0], row[-4:][0]), arrowprops={"arrowstyle": "->", "lw": 2})


def _draw_jaws(
    axes: Axes, centre: torch.Tensor, rotation: torch.Tensor, half: torch.Tensor, style: str, workspace: Workspace
) -> None:
    ends = torch.stack((centre - half * rotation[:, 0], centre + half * rotation[:, 0]))[:, :2]
    column, row = _pixels(ends, workspace)
    axes.plot(column, row, "k" + style, linewidth=3, marker="s")
    back = torch.stack((centre, centre - 0.08 * rotation[:, 2]))[:, :2]
    column, row = _pixels(back, workspace)
    axes.plot(column, row, "r-", linewidth=2, label="towards the palm")


def _pixels(xy: torch.Tensor, workspace: Workspace) -> tuple[np.ndarray, np.ndarray]:
    """Return picture columns and rows of world points (P, 2) [m]."""
    points = xy.cpu().numpy()
    column = (points[:, 0] - workspace.x_min) / workspace.resolution - 0.5
    return column, (workspace.y_max - points[:, 1]) / workspace.resolution - 0.5


def _picture(colour: torch.Tensor) -> np.ndarray:
    return colour.permute(1, 2, 0).clamp(0.0, 1.0).cpu().numpy()


def _save(path: Path, title: str, draw: Callable[[Axes], object]) -> Path:
    figure, axes = plt.subplots(figsize=(5.0, 5.0), dpi=120)
    draw(axes)
    axes.set_title(title, fontsize=10)
    axes.set_axis_off()
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, lambda file: figure.savefig(file, bbox_inches="tight", format=path.suffix[1:] or "png"))
    plt.close(figure)
    return path
