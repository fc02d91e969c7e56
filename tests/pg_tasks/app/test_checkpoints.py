"""Which checkpoint a command line means."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from pg_tasks.agents.rsl_rl_ppo_cfg import DualArmPushGraspPPORunnerCfg
from pg_tasks.app.checkpoints import find_checkpoint
from pushgrasp.learning.checkpoint import CheckpointError, CheckpointInfo, save_checkpoint

RUNS = Path("logs/rsl_rl/dual_arm_push_grasp")
OLD, NEW = "2026-01-01_10-00-00", "2026-01-02_09-00-00_tuned"


@pytest.fixture(autouse=True)
def _runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs: the older one has a best checkpoint, the newer one iterations 9 and 10."""
    monkeypatch.chdir(tmp_path)
    info = CheckpointInfo("pg4da_spatial", 1, "avh", 1)
    for name in (f"{OLD}/model_20.pt", f"{OLD}/model_best.pt", f"{NEW}/model_9.pt", f"{NEW}/model_10.pt"):
        path = RUNS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        save_checkpoint(path, info, {}, {})


def find(**flags: object) -> Path | None:
    args = argparse.Namespace(**{"checkpoint": None, "resume": False, "load_run": None, **flags})
    return find_checkpoint(args, DualArmPushGraspPPORunnerCfg())


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({}, None),
        ({"checkpoint": "latest"}, RUNS / NEW / "model_10.pt"),
        ({"checkpoint": "best"}, RUNS / OLD / "model_best.pt"),
        ({"checkpoint": str(RUNS / NEW / "model_9.pt")}, RUNS / NEW / "model_9.pt"),
        ({"resume": True}, RUNS / NEW / "model_10.pt"),
        ({"resume": True, "load_run": OLD}, RUNS / OLD / "model_20.pt"),
        ({"checkpoint": "latest", "load_run": OLD}, RUNS / OLD / "model_20.pt"),
        ({"load_run": OLD}, RUNS / OLD / "model_20.pt"),
        ({"load_run": f"{RUNS / OLD}/"}, RUNS / OLD / "model_20.pt"),
        ({"load_run": ".*_tuned", "checkpoint": "model_9.pt"}, RUNS / NEW / "model_9.pt"),
        ({"checkpoint": f"{RUNS / NEW}/"}, RUNS / NEW / "model_10.pt"),
    ],
)
def test_checkpoint_that_flags_name(flags: dict[str, object], expected: Path | None) -> None:
    assert find(**flags) == expected


def test_scripts_without_the_older_flags() -> None:
    args = argparse.Namespace(checkpoint="latest")
    assert find_checkpoint(args, DualArmPushGraspPPORunnerCfg()) == RUNS / NEW / "model_10.pt"


def test_missing_checkpoint_lists_what_there_is() -> None:
    with pytest.raises(FileNotFoundError, match=rf"no checkpoint 'nowhere.pt': .*; runs there: {NEW}, {OLD}"):
        find(checkpoint="nowhere.pt")
    with pytest.raises(FileNotFoundError, match=rf"no run 'typo': .*; runs there: {NEW}, {OLD}"):
        find(load_run="typo")


def test_newer_run_without_a_checkpoint_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    killed = "2026-01-03_09-00-00"
    (RUNS / killed / "params").mkdir(parents=True)
    assert find(checkpoint="latest") == RUNS / NEW / "model_10.pt"
    expected = f"hint: no 'latest' checkpoint in the newer {killed}; {RUNS / NEW / 'model_10.pt'} is taken\n"
    assert capsys.readouterr().err == expected


def test_damaged_checkpoint_is_refused_at_once() -> None:
    path = RUNS / NEW / "model_10.pt"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match=r"model_10.pt: damaged"):
        find(checkpoint="latest")
