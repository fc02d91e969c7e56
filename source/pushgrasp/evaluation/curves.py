"""Learning curves from the TensorBoard events of trainings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from pushgrasp.files.atomic import atomic_write
from pushgrasp.files.picture_files import foreign_reader

PANELS = {
    "Train/reward_per_action": "reward per action",
    "Train/reward": "reward of a round",
    "Train/good": "share of good actions",
    "Train/helped": "best push helped",
    "Action/grasp_success": "grasp success",
    "Action/push_success": "push success",
    "Action/move_success": "move success",
    "Action/push_share": "share of pushes",
    "Action/move_share": "share of moves",
    "Action/isolate_rate": "isolate rate",
    "Episode/completion": "completion",
    "Validation/grasp_auc": "held-out grasps (AUC)",
    "Validation/move_auc": "held-out moves (AUC)",
    "Validation/critic_auc": "held-out grasps, critic (AUC)",
    "Validation/iou": "held-out masks (IoU)",
}
"""TensorBoard tags and what they are called in figure and table, which show those that any run has."""

ACTIONS = "Train/actions"
"""Tag of the actions carried out so far, in all worlds; curves of a training without it are over iterations."""


@dataclass(frozen=True)
class Curve:
    """One figure of one training."""

    actions: np.ndarray
    """Actions carried out so far, or iterations, shape (K,), rising."""
    values: np.ndarray
    """The figure, shape (K,)."""
    over: str = "actions"
    """Which of the two it is over."""


def read_curves(run: Path) -> dict[str, Curve]:
    """Return the figures named in :data:`PANELS` that a run folder holds.

    After a resumed training, iterations that were done twice count once, as the later one says.

    Raises:
        FileNotFoundError: If the folder holds no events.
        ValueError: If the events are damaged, or not those of a training.
    """
    if not any(run.glob("events.out.tfevents.*")):
        raise FileNotFoundError(f"{run}: no TensorBoard events (events.out.tfevents.*)")
    events = EventAccumulator(str(run), size_guidance={"scalars": 0})
    with foreign_reader(run, "TensorBoard log"):
        events.Reload()
    tags = events.Tags()["scalars"]
    series = {tag: {event.step: event.value for event in events.Scalars(tag)} for tag in PANELS if tag in tags}
    if not series:
        raise ValueError(f"{run}: no figure of {', '.join(PANELS)}; these are not the events of a push-grasp training")
    if ACTIONS not in tags:
        return {tag: _curve(values, {step: step for step in values}, "iterations") for tag, values in series.items()}
    actions = {event.step: event.value for event in events.Scalars(ACTIONS)}
    return {tag: _curve(values, actions, "actions") for tag, values in series.items()}


def _curve(values: Mapping[int, float], actions: Mapping[int, float], over: str) -> Curve:
    steps = sorted(values.keys() & actions.keys())
    return Curve(np.array([actions[step] for step in steps]), np.array([values[step] for step in steps]), over)


def smooth(values: np.ndarray, window: int) -> np.ndarray:
    """Return the running mean over up to ``window`` values, shorter at the ends; ValueError unless odd."""
    if window < 1 or window % 2 == 0:
        raise ValueError(f"window is {window}; an odd number of iterations is needed")
    kernel = np.ones(max(1, min(window, len(values) - (len(values) + 1) % 2)))
    return np.convolve(values, kernel, mode="same") / np.convolve(np.ones_like(values), kernel, mode="same")


def panels_of(groups: Mapping[str, Sequence[dict[str, Curve]]]) -> dict[str, str]:
    """Return the part of :data:`PANELS` that any run of some groups has."""
    found = {tag for runs in groups.values() for run in runs for tag in run}
    return {tag: name for tag, name in PANELS.items() if tag in found}


def draw_curves(groups: Mapping[str, Sequence[dict[str, Curve]]], path: Path, window: int = 5) -> Path:
    """Draw groups of trainings, the seeds of one agent each, and write the picture.

    Each seed is a thin line, the mean over the seeds a thick one, over the actions that all of them have reached.

    Args:
        groups: Name of a group and the curves of its runs (see :func:`read_curves`).
        path: File to write.
        window: Iterations over which every line is smoothed, odd.

    Returns:
        ``path``.
    """
    panels = panels_of(groups)
    rows = 1 if len(panels) <= 3 else 2
    columns = max(2, math.ceil(len(panels) / rows))
    figure, axes = plt.subplots(rows, columns, figsize=(4 * columns, 3 * rows), constrained_layout=True)
    for panel in axes.flat[len(panels) :]:
        panel.set_axis_off()
    for panel, (tag, name) in zip(axes.flat, panels.items(), strict=False):
        for number, (group, runs) in enumerate(groups.items()):
            _draw_group(panel, [run[tag] for run in runs if tag in run], group, f"C{number}", window)
        panel.set(title=name, ylim=(min(-0.03, panel.get_ylim()[0]), 1.03))
        panel.set_xlabel(next(run[tag].over for runs in groups.values() for run in runs if tag in run))
        panel.grid(alpha=0.3)
    figure.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=max(1, len(groups)))
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, lambda file: figure.savefig(file, dpi=90, format=path.suffix[1:] or "png"))
    plt.close(figure)
    return path


def _draw_group(axes: Axes, curves: Sequence[Curve], name: str, colour: str, window: int) -> None:
    smoothed = [Curve(curve.actions, smooth(curve.values, window)) for curve in curves if len(curve.values)]
    if not smoothed:
        return
    for curve in smoothed:
        axes.plot(curve.actions, curve.values, color=colour, alpha=0.35, linewidth=1)
    end = min(curve.actions[-1] for curve in smoothed)
    common = np.linspace(max(curve.actions[0] for curve in smoothed), end, 100)
    mean = np.mean([np.interp(common, curve.actions, curve.values) for curve in smoothed], axis=0)
    seeds = "1 seed" if len(smoothed) == 1 else f"{len(smoothed)} seeds"
    axes.plot(common, mean, color=colour, linewidth=2, label=f"{name} ({seeds})")
