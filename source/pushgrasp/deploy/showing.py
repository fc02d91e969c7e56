"""Pictures of a decision: the camera's picture with the masks, and the chosen motion seen from above."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
import torch

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from pushgrasp.deploy.cell import RobotCell
from pushgrasp.deploy.planning import CellPlan
from pushgrasp.evaluation.pictures import save_action
from pushgrasp.files.atomic import atomic_write
from pushgrasp.interface.action import Action
from pushgrasp.motion.arm.forward import tcp_pose
from pushgrasp.motion.arm.model import NUM_JOINTS
from pushgrasp.perception.camera import project

ARM_COLOURS = ("tab:blue", "tab:red")


def save_decision(folder: Path, world: RobotCell, action: Action, plan: CellPlan) -> None:
    """Write ``picture.png`` (masks, and the ways of both TCPs) and ``decision.png`` (the motion from above)."""
    seen = world.seen
    atomic_write(folder / "picture.png", lambda file: _draw(file, world, plan))
    save_action(folder / "decision.png", seen.observation.heightmaps, action, world.workspace)


def _draw(file: object, world: RobotCell, plan: CellPlan) -> None:
    seen = world.seen
    height, width = seen.ids.shape
    figure, axes = plt.subplots(figsize=(width / 100, height / 100), dpi=120)
    axes.imshow(seen.picture.colour)
    for number in np.unique(seen.ids)[1:].tolist():
        line = ("lime", 2.0) if number == 1 else ("white", 0.7)
        axes.contour(seen.ids == number, levels=[0.5], colors=line[0], linewidths=line[1])
    for arm in range(plan.course.joints.shape[1]):
        _draw_way(axes, world, plan, arm)
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    figure.savefig(file, bbox_inches="tight", format="png")  # pyright: ignore[reportArgumentType]
    plt.close(figure)


def _draw_way(axes: Axes, world: RobotCell, plan: CellPlan, arm: int) -> None:
    joints = plan.course.joints[0, :, ::8, :NUM_JOINTS].double()
    way = tcp_pose(joints, world.planner.arms).position[arm].float()
    pixels, depth = project(way[None], *world.camera)
    shown = depth[0] > 0.0
    column, row = torch.where(shown[:, None], pixels[0], torch.nan).unbind(-1)
    axes.plot(column.numpy() - 0.5, row.numpy() - 0.5, color=ARM_COLOURS[arm], linewidth=1.2)
