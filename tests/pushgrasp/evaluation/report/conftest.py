"""Two policies on two protocols, with made-up outcomes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pushgrasp.evaluation.record_file import write_records
from pushgrasp.evaluation.records import ActionRecord, TrialRecord
from pushgrasp.evaluation.runs import RunInfo, open_run, records_path, run_folder

ROOT = Path(__file__).resolve().parents[4]
sys.path.insert(0, str(ROOT / "tests" / "pg_tasks" / "app" / "viewer"))  # the helper that drives a browser

PUSH, HIT, MISS = ActionRecord(("push",), True), ActionRecord(("grasp",), True), ActionRecord(("grasp",), False)


def trial(number: int, good: bool, objects: int) -> TrialRecord:
    """A push and a grasp that succeeds, or five grasps that fail."""
    end, cause = ("completed", None) if good else ("failed grasps", "imprecise grasp")
    actions = (PUSH, HIT) if good else (MISS,) * 5
    return TrialRecord(number, good, actions, end=end, cause=cause, objects=objects, taken=int(good))


def write_run(out: Path, policy: str, protocol: str, goods: str, seed: int = 0, **other: Any) -> Path:
    """A run whose trials succeed where ``goods`` has a "1"; ``other`` are further fields of the run."""
    command = f"python scripts/evaluate.py --protocol {protocol} --policy {policy} --seed {seed}"
    identity = {"task": "DualArmPushGrasp", "rig": "training", "physics": "mujoco", "git_commit": "c0ffee"}
    identity |= {"config": "ab12", "weights": None, **other}
    info = RunInfo(protocol=protocol, policy=policy, seed=seed, trials=8, command=command, **identity)
    folder = run_folder(out, protocol)
    open_run(folder, info)
    write_records(records_path(folder), [trial(n, g == "1", 6 + 2 * (n % 2)) for n, g in enumerate(goods)])
    (folder / "pictures").mkdir()
    for number in range(2):
        Image.new("RGB", (1600, 220), "#777788").save(folder / "pictures" / f"trial_{number:04d}.png")
    return folder


@pytest.fixture
def writing() -> Callable[..., Path]:
    return write_run


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    write_run(tmp_path / "good", "<good>", "P1/case1", "11101111")
    write_run(tmp_path / "good", "<good>", "P5/tight", "1111")
    write_run(tmp_path / "bad", "bad", "P1/case1", "0000")
    return [tmp_path / "good", tmp_path / "bad"]
