"""What may be done again, and in what."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from pg_tasks.evaluate.replay import explosions, main
from pg_tasks.evaluate.replayer import Recorded, recorded_actions
from pushgrasp.evaluation.agreement import Replayed
from pushgrasp.evaluation.record_file import append_record
from pushgrasp.evaluation.records import ActionRecord, TrialRecord
from pushgrasp.evaluation.replay import Setup, StateData, to_data, to_text
from pushgrasp.evaluation.runs import RUN_SCHEMA, RunInfo, records_path
from pushgrasp.interface.action import Action
from pushgrasp.program import UserError

INFO = RunInfo("P1/case1", "random", None, 0, "c", "DualArmPushGrasp", "training", "mujoco", None, 2, "", scenes="s")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run.json").write_text(json.dumps({"schema": RUN_SCHEMA, **asdict(INFO)}))
    return tmp_path


def action(height: float, executed: bool = True) -> ActionRecord:
    poses = torch.tensor([[0.0, 0.0, height, 0.0, 0.0, 0.0, 1.0]])
    before = StateData(target=4, poses=to_text(poses))
    motion = to_data(Action.none(1, 2, 32), 0)
    return ActionRecord(("none", "none"), False, executed=executed, motion=motion, before=before)


def test_states_before_and_after_an_action_are_read(folder: Path) -> None:
    actions = (action(0.1), action(0.2), action(0.3, executed=False))
    setup = Setup("training", 2, (4,), ("cube",))
    append_record(records_path(folder), TrialRecord(0, False, actions, objects=1, setup=setup))
    found = recorded_actions(folder)
    assert [item.number for item in found] == [0, 1]  # the third was not carried out
    assert [heights(item) for item in found] == [(0.1, 0.2), (0.2, 0.3)]
    assert Recorded(found[0].trial, 2).state(1) is None


def heights(item: Recorded) -> tuple[float, ...]:
    states = [item.state(), item.state(1)]
    assert all(state is not None and state[1] == 4 for state in states)
    return tuple(pytest.approx(float(state[0][0, 2])) for state in states if state)


def test_records_of_the_first_schema_cannot_be_done_again(folder: Path) -> None:
    append_record(records_path(folder), TrialRecord(0, True, (ActionRecord(("grasp",), True),)))
    with pytest.raises(UserError, match="do not say how actions were done: evaluate again"):
        recorded_actions(folder)


def test_an_engine_that_nobody_knows_is_refused(folder: Path) -> None:
    with pytest.raises(UserError, match=r"invalid choice: 'bullet' \(choose from .*mujoco.*sapien"):
        main("", [str(folder), "--engine", "bullet"])


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no run of an evaluation \(no run.json\)"):
        main("", [str(tmp_path)])


def test_an_explosion_is_named() -> None:
    (line,) = explosions(
        [Replayed(7, 2, ("push", "none"), True, True, exploded=(3, 5)), Replayed(7, 3, ("push",), True, True)]
    )
    assert line.startswith("trial 7, action 3: the state of slots 3, 5 is not finite")
