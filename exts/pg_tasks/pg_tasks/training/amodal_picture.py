"""Full masks of objects that are partly hidden, as a page of pictures."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import torch

from pushgrasp.files.atomic import atomic_file
from pushgrasp.policies.opg.pairs import Pairs

matplotlib.use("Agg")
from matplotlib import pyplot as plt

SEEN, TRUE, FOUND = "#40a0ff", "#30d158", "#ff453a"
"""Colours of what is seen of an object, of its true full mask, and of the one that the net finds."""

ROWS, COLUMNS = 3, 6


def write_page(path: Path, pairs: Pairs, found: torch.Tensor) -> None:
    """Write a PNG of pairs, evenly taken from those given, with the full masks (K, S, S), bool, that the net finds.

    Raises:
        OSError: If the file cannot be written.
    """
    figure, grid = plt.subplots(ROWS, COLUMNS, figsize=(15, 8), layout="constrained")
    chosen = torch.linspace(0, max(len(pairs) - 1, 0), min(ROWS * COLUMNS, len(pairs))).long().tolist()
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, index in zip(grid.flat, chosen, strict=False):
        axes.imshow(pairs.height[index].float(), cmap="gray", vmin=0.0, vmax=0.15)
        for mask, colour in ((pairs.full, TRUE), (found, FOUND), (pairs.seen, SEEN)):
            axes.contour(mask[index].float(), levels=[0.5], colors=colour, linewidths=1.5)
        axes.set_title(f"{100.0 * float(pairs.hidden[index]):.0f} % hidden", fontsize=8)
    figure.suptitle("blue: seen; green: true full mask; red: the net's", fontsize=10)
    with atomic_file(path, ".png") as file:
        figure.savefig(file, dpi=100)
    plt.close(figure)
