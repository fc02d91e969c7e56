"""Scripts of the angle-view net: one line for each mistake, and nothing left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

CAMERA = ("--intrinsics", "300", "300", "32", "32")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "--data is missing"),
        (("--data", "absent"), "no folder of grasp data: absent"),
        (("--data", "."), "no shards"),
        (("--data", ".", "--weights", "absent"), "--weights absent: no such file"),
        (("--data", ".", "--steps", "0"), "steps is 0"),
        (("--data", ".", "--crop", "7"), "crop is 7"),
        (("--resume", "absent"), "no checkpoint"),
    ],
)
def test_training_mistakes(words: tuple[str, ...], message: str, run_script: Callable, tmp_path: Path) -> None:
    result = run_script("train_avn.py", *words, cwd=tmp_path)
    assert result.returncode == 2, result.stderr
    assert result.stderr.count("\n") == 1 and message in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("rgb.png", "depth.png"), "--intrinsics is missing"),
        (("absent.png", "depth.png", *CAMERA), "no picture absent.png"),
        (("rgb.png", "depth.png", *CAMERA, "--weights", "absent"), "no weights file absent"),
        (("rgb.png", "depth.png", *CAMERA, "--top", "0"), "--top 0"),
        (("rgb.png", "depth.png", *CAMERA, "--out", "grasps.txt"), "--out grasps.txt: ending must be one of"),
        (
            ("rgb.png", "depth.png", *CAMERA, "--out", "absent/grasps.png"),
            "--out absent/grasps.png: a file in a folder",
        ),
        (("rgb.png", "depth.png", *CAMERA, "--out", "rgb.png"), "--out rgb.png is read or written already"),
        (("rgb.png", "depth.png", *CAMERA, "--depth-scale", "1"), "--depth-scale 1000 (0.72 m)"),
    ],
)
def test_prediction_mistakes(words: tuple[str, ...], message: str, run_script: Callable, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(tmp_path / "rgb.png")
    depth = np.linspace(700, 740, 64 * 64).reshape(64, 64)
    Image.fromarray(depth.astype(np.uint16)).save(tmp_path / "depth.png")
    result = run_script("predict_grasps.py", *words, cwd=tmp_path)
    assert result.returncode == 2, result.stderr
    assert result.stderr.count("\n") == 1 and message in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["depth.png", "rgb.png"]
