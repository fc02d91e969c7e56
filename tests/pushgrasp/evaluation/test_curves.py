"""Learning curves: what is read from TensorBoard events, and what is drawn."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
from torch.utils.tensorboard import SummaryWriter

from pushgrasp.evaluation import curves
from pushgrasp.evaluation.curve_table import curve_table
from pushgrasp.evaluation.curves import ACTIONS, Curve, draw_curves, read_curves, smooth
from pushgrasp.files.text_files import FileError

REWARD = "Train/reward_per_action"


def write_run(folder: Path, rewards: dict[int, float], per_iteration: int = 100) -> Path:
    with SummaryWriter(str(folder)) as writer:
        for step, reward in rewards.items():
            writer.add_scalar(ACTIONS, step * per_iteration, step)
            writer.add_scalar(REWARD, reward, step)
    return folder


def test_curves_are_over_actions(tmp_path: Path) -> None:
    read = read_curves(write_run(tmp_path, {1: 0.25, 2: 0.5}))
    assert read[REWARD].actions.tolist() == [100.0, 200.0]
    assert read[REWARD].values.tolist() == [0.25, 0.5]
    assert "Action/grasp_success" not in read


def test_iteration_done_again_after_a_resume_counts_once(tmp_path: Path) -> None:
    write_run(tmp_path, {1: 0.25, 2: 0.5})
    write_run(tmp_path, {2: 0.75, 3: 1.0})
    assert read_curves(tmp_path)[REWARD].actions.tolist() == [100.0, 200.0, 300.0]


def test_training_without_actions_is_over_iterations(tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path)) as writer:
        for step, auc in {1: 0.5, 2: 0.75}.items():
            writer.add_scalar("Validation/grasp_auc", auc, step)
    read = read_curves(tmp_path)
    assert read["Validation/grasp_auc"].actions.tolist() == [1.0, 2.0]
    assert read["Validation/grasp_auc"].over == "iterations"
    draw_curves({"grasps": [read]}, tmp_path / "curves.png")
    assert "held-out grasps" in curve_table({"grasps": [read]})


def test_running_mean_is_shorter_at_the_ends() -> None:
    # (1 + 2) / 2, (1 + 2 + 6) / 3, (2 + 6 + 1) / 3, (6 + 1) / 2
    assert smooth(np.array([1.0, 2.0, 6.0, 1.0]), 3).tolist() == [1.5, 3.0, 3.0, 3.5]
    assert smooth(np.array([4.0]), 5).tolist() == [4.0]
    with pytest.raises(ValueError, match="window is 4"):
        smooth(np.ones(3), 4)


def test_thick_line_is_the_mean_of_the_seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(curves.plt, "close", drawn.append)
    ramp, flat = np.array([100.0, 200.0, 300.0]), np.array([100.0, 200.0])
    runs = [{REWARD: Curve(ramp, ramp / 1000)}, {REWARD: Curve(flat, np.array([0.3, 0.3]))}]
    path = draw_curves({"agent": runs}, tmp_path / "new" / "curves.png", window=1)
    assert path.stat().st_size > 10_000
    first, second, mean = drawn[0].axes[0].get_lines()
    assert (first.get_xdata()[-1], second.get_xdata()[-1]) == (300.0, 200.0)
    assert mean.get_xdata()[[0, -1]].tolist() == [100.0, 200.0]  # as far as both have come
    np.testing.assert_allclose(mean.get_ydata()[[0, -1]], [0.2, 0.25])  # (0.1 + 0.3) / 2, (0.2 + 0.3) / 2


def test_folders_without_a_training_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no TensorBoard events"):
        read_curves(tmp_path)
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalar("loss", 1.0, 1)
    with pytest.raises(ValueError, match="not the events of a push-grasp training"):
        read_curves(tmp_path)


def test_damaged_events_are_named(tmp_path: Path) -> None:
    log = next(write_run(tmp_path, {1: 0.25}).glob("events.*"))
    record = b"\xff" * 8  # no protocol buffer, under right checksums
    parts = struct.pack("<Q", len(record)), record
    log.write_bytes(b"".join(part + struct.pack("<I", masked_crc32c(part)) for part in parts))
    with pytest.raises(FileError, match=rf"^{re.escape(str(tmp_path))} is no readable TensorBoard log: Error parsing"):
        read_curves(tmp_path)
