"""Scripts of the angle-view net: one line for each mistake, and nothing left behind."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from PIL import Image

from pushgrasp.grasping.data.sample import GraspSample
from pushgrasp.grasping.data.shards import write_shard
from pushgrasp.policies.pg4da.backbone.train.cfg import TrainCfg
from pushgrasp.policies.pg4da.backbone.train.checkpoint import TrainState, save_checkpoint

CAMERA = ("--intrinsics", "300", "300", "32", "32")


def test_a_mistake_ends_the_process(run_script: Callable, tmp_path: Path) -> None:
    for script, words, message in (
        ("train_avn.py", (), "--data is missing"),
        ("predict_grasps.py", ("rgb.png", "depth.png"), "--intrinsics is missing"),
    ):
        result = run_script(script, *words, cwd=tmp_path)
        assert result.returncode == 2, result.stderr
        assert result.stderr.count("\n") == 1 and message in result.stderr
        assert list(tmp_path.iterdir()) == []


def script(name: str) -> ModuleType:
    """A script as a module: calls in one process are quick."""
    path = Path(__file__).resolve().parents[2] / "scripts" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def train_avn() -> ModuleType:
    return script("train_avn")


@pytest.fixture(scope="module")
def predict_grasps() -> ModuleType:
    return script("predict_grasps")


def refusal(module: ModuleType, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line with which a script refuses a command line."""
    with pytest.raises(SystemExit) as ending:
        module.main(words)
    assert ending.value.code == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1 and line.startswith("error: ")
    return line


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--data", "absent"), "no folder of grasp data: absent"),
        (("--data", "."), "no shards"),
        (("--data", ".", "--weights", "absent"), "--weights absent: no such file"),
        (("--data", ".", "--steps", "0"), "steps is 0"),
        (("--data", ".", "--crop", "7"), "crop is 7"),
        (("--resume", "absent"), "no checkpoint"),
    ],
)
def test_training_mistakes(
    words: tuple[str, ...],
    message: str,
    train_avn: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in refusal(train_avn, capsys, *words)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--seed", "-1"), "seed is -1"),
        (("--seed", str(2**63)), "seed is 9223372036854775808"),
        (("--weight-decay", "nan"), "weight_decay is nan; at least 0"),
        (("--workers", "-1"), "workers is -1; at least 0"),
        (("--device", "cpu:x"), "--device cpu:x: allowed: cpu, cuda, cuda:0, ..."),
        (("--device", "cuda:99"), "--device cuda:99: PyTorch finds"),
        (("--out", "file"), "--out file is not an empty folder"),
        (("--out", "full"), "--out full is not an empty folder"),
    ],
)
def test_settings_that_cannot_be(
    words: tuple[str, ...],
    message: str,
    train_avn: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").touch()
    (tmp_path / "file").touch()
    assert message in refusal(train_avn, capsys, "--data", ".", *words)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "full"]


def test_damaged_weights_leave_no_run_folder(
    train_avn: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    cells = torch.tensor([100, 101], dtype=torch.int16)
    map_size = (224, 224)
    sample = GraspSample(
        torch.zeros(3, *map_size, dtype=torch.uint8),
        torch.ones(map_size, dtype=torch.float16),
        torch.ones(map_size, dtype=torch.uint8),
        cells,
        cells,
        torch.zeros(2, dtype=torch.float16),
    )
    write_shard(tmp_path / "shard.safetensors", [sample, sample])
    (tmp_path / "weights.bin").write_bytes(b"nonsense")
    words = ("--data", ".", "--weights", "weights.bin", "--encoder", "resnet18", "--out", "run")
    assert "weights.bin is no readable safetensors file" in refusal(train_avn, capsys, *words)
    assert not (tmp_path / "run").exists()


def test_run_that_cannot_be_resumed(train_avn: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checkpoint, record, resume = tmp_path / "checkpoint.pt", tmp_path / "config.yaml", ("--resume", str(tmp_path))
    checkpoint.write_bytes(b"")
    assert "checkpoint.pt is no checkpoint: it is empty" in refusal(train_avn, capsys, *resume)
    checkpoint.write_bytes(b"PK\x03\x04")
    assert "checkpoint.pt: damaged or cut off" in refusal(train_avn, capsys, *resume)
    save_checkpoint(tmp_path, TrainCfg(), TrainState(), {})
    for flag, value in (("--seed", "0"), ("--crop", "0"), ("--steps", "9")):
        assert f"leave out {flag}" in refusal(train_avn, capsys, *resume, flag, value)
    assert "config.yaml" in refusal(train_avn, capsys, *resume)
    for content in ("", "a: [1", "[1, 2]", "data: x\n", "\0"):
        record.write_text(content)
        assert "config.yaml" in refusal(train_avn, capsys, *resume)
    record.write_text("{data: absent, val: null, command: x}")
    assert "no folder of grasp data: absent" in refusal(train_avn, capsys, *resume)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint.pt", "config.yaml"]


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
def test_prediction_mistakes(
    words: tuple[str, ...],
    message: str,
    predict_grasps: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(tmp_path / "rgb.png")
    depth = np.linspace(700, 740, 64 * 64).reshape(64, 64)
    Image.fromarray(depth.astype(np.uint16)).save(tmp_path / "depth.png")
    assert message in refusal(predict_grasps, capsys, *words)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["depth.png", "rgb.png"]
