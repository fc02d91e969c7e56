"""Which checkpoint a command line means."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from pg_tasks.agents.rsl_rl_ppo_cfg import DualArmPushGraspPPORunnerCfg
from pg_tasks.app.training import find_checkpoint, removed_on_failure, set_stage
from pg_tasks.envs.push_grasp_env_cfg import PushGraspEnvCfg
from pushgrasp.training.checkpoint import CheckpointError, CheckpointInfo, save_checkpoint
from pushgrasp.training.run_folder import create_run_folder

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


def test_run_that_fails_while_it_is_set_up_leaves_no_folder(tmp_path: Path) -> None:
    folder = create_run_folder(tmp_path, "experiment")
    with removed_on_failure(folder):
        pass
    assert folder.params.is_dir()
    with pytest.raises(CheckpointError), removed_on_failure(folder):
        raise CheckpointError("another backbone")
    assert not folder.root.exists()


@pytest.mark.parametrize(
    ("stage", "given", "iterations", "scenes", "layout"),
    [
        ("push_grasp", 0, 0, "P1/case2", None),
        ("grasp", 0, 0, "", "scattered"),
        ("all", 0, 3, "P1/case2", None),  # a quarter of ten, rounded up
        ("all", 7, 7, "P1/case2", None),
    ],
)
def test_stage_decides_the_scenes(stage: str, given: int, iterations: int, scenes: str, layout: str | None) -> None:
    env_cfg, agent_cfg = PushGraspEnvCfg(), DualArmPushGraspPPORunnerCfg(max_iterations=10, grasp_iterations=given)
    env_cfg.clutter.scenes = "P1/case2"
    set_stage(stage, env_cfg, agent_cfg)
    assert agent_cfg.grasp_iterations == iterations
    assert (env_cfg.clutter.scenes, env_cfg.clutter.layout) == (scenes, layout)
