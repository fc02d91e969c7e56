"""Words of the command line become policies, sections of a cell's file settings of drivers."""

from __future__ import annotations

from pathlib import Path

import pytest

from pushgrasp.deploy.cell import CellView
from pushgrasp.deploy.choosing import choose_policy
from pushgrasp.deploy.opening import arm_cfg, camera_cfg, gripper_cfg
from pushgrasp.deploy.planning import Planner
from pushgrasp.deploy.settings import read_cell
from pushgrasp.evaluation.digests import file_digest
from pushgrasp.policies.baselines.heuristic import HeuristicPolicy
from pushgrasp.policies.epg.policy import EpgPolicy
from pushgrasp.policies.pg4da.policy import Pg4daPolicy
from pushgrasp.policies.pg4da.pretrained import shipped_policy
from pushgrasp.policies.q.policy import QPolicy
from pushgrasp.policies.twin.policy import TwinPolicy
from pushgrasp_assets import ROOT

CELL = read_cell(ROOT / "cells" / "loopback.yaml")


@pytest.fixture
def view() -> CellView:
    return CellView(Planner(CELL, 1.0))


def test_methods_and_trained_weights_are_found(view: CellView) -> None:
    assert isinstance(choose_policy("heuristic", view).policy, HeuristicPolicy)
    assert isinstance(choose_policy("epg", view).policy, EpgPolicy)
    for name in ("switch", "mpg", "opg"):
        assert isinstance(choose_policy(name, view).policy, QPolicy)
    chosen = choose_policy("pretrained", view)
    assert isinstance(chosen.policy, Pg4daPolicy)
    assert chosen.digest is not None and len(chosen.digest) == 64


def test_a_planner_acts_with_the_networks_that_are_named(view: CellView, tmp_path: Path) -> None:
    chosen = choose_policy("twin", view)
    assert isinstance(chosen.policy, TwinPolicy) and chosen.digest == file_digest(shipped_policy(2))
    with pytest.raises(FileNotFoundError, match=r"nothing\.pt"):
        choose_policy(f"twin:{tmp_path}/nothing.pt", view, time_budget=1.0)
    with pytest.raises(ValueError, match="time_budget: policy heuristic tries nothing out"):
        choose_policy("heuristic", view, time_budget=1.0)


@pytest.mark.parametrize("word", ["oracle", "heuristik", "pg4da/x"])
def test_what_a_cell_cannot_use_is_refused_with_what_it_can(view: CellView, word: str) -> None:
    said = f"policy '{word}': random, zero, heuristic, twin, epg, "
    with pytest.raises(ValueError, match=said):
        choose_policy(word, view)


def test_missing_weights_are_named(view: CellView) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.pt"):
        choose_policy(str(Path("nothing.pt")), view)


def test_drivers_get_what_the_file_says() -> None:
    arm = arm_cfg(CELL.arms[1], CELL)
    assert (arm.name, arm.address, arm.payload, arm.stale) == ("right", "127.0.0.2", 1.1, 0.08)
    assert (arm.max_step, arm.watchdog, arm.call_limit) == (0.01, 12.5, 0.05)
    assert arm.tcp == (0.0, 0.0, 0.234, 0.0, 0.0, 0.0)
    gripper = gripper_cfg(CELL.arms[0], CELL)
    assert (gripper.force, gripper.stale) == (22, 0.1)
    assert gripper.table[-1] == (230.0, 0.0)
    camera = camera_cfg(CELL.camera)
    assert (camera.driver, camera.port, camera.live) == ("network", 63353, True)
