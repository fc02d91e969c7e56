"""What the trials on loopback keep, read and hand to the simulator."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

pytest.importorskip("pg_tasks")

from pg_tasks.benchmarks.deploy_trials import Trial, _compared, _require_same, judged, limits_of_cell, read_trials
from pushgrasp.deploy.settings import read_cell
from pushgrasp.evaluation.records import ActionRecord, TrialRecord
from pushgrasp.program import UserError
from pushgrasp_assets import ROOT

DONE = Trial("case1_000", True, 2, 1, 4, 80.0, "The target is in the tray after 4 actions.", 1.0)


def test_finished_trials_are_read_again(tmp_path: Path) -> None:
    assert read_trials(tmp_path) == {}
    (tmp_path / "cell.jsonl").write_text(json.dumps(asdict(DONE)) + "\n")
    assert read_trials(tmp_path) == {"case1_000": DONE}


def test_a_folder_holds_trials_of_one_kind(tmp_path: Path) -> None:
    _require_same(tmp_path / "about.json", {"policy": "heuristic"})
    _require_same(tmp_path / "about.json", {"policy": "heuristic"})
    with pytest.raises(UserError, match="another policy, seed or cell"):
        _require_same(tmp_path / "about.json", {"policy": "random"})


def test_a_session_that_never_began(tmp_path: Path) -> None:
    trial = judged("case1_000", tmp_path / "session", "error: left: no answer", 3.0)
    assert not trial.completed and trial.actions == 0 and trial.end == "error: left: no answer"


def test_the_simulator_is_as_slow_as_the_cell() -> None:
    words = dict(word.split("=") for word in limits_of_cell(read_cell(ROOT / "cells" / "loopback.yaml")))
    assert float(words["env.arms.speed"]) == pytest.approx(0.95)  # 95 % of 1 rad/s
    assert float(words["env.arms.tcp_speed"]) == pytest.approx(0.2375)
    assert float(words["env.arm_limits.push_speed"]) == pytest.approx(0.19)


def test_pairs_are_scenes_that_both_have() -> None:
    cell = {name: replace(DONE, scene=name, completed=name == "a", held=int(name == "a")) for name in ("a", "b", "c")}
    grasp = ActionRecord(("grasp", "none"), True)
    simulator = [TrialRecord(trial, True, (grasp,)) for trial in range(2)]
    figures = {figure.name: figure.value for figure in _compared("P1/case1", cell, simulator)}
    assert figures["P1/case1: pairs"] == 2
    assert figures["P1/case1: fewer completed with the cell"] == 1
    assert figures["P1/case1: grasps that held, cell"] == 25.0
    assert figures["P1/case1: grasps that held, simulator"] == 100.0
