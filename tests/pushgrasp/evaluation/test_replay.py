"""Actions and states as data: nothing of them is lost, and what is damaged is named."""

from __future__ import annotations

import base64
import json
import struct
from dataclasses import fields, replace
from typing import Any

import pytest
import torch

from pushgrasp.evaluation.records import ActionRecord, TrialRecord, from_line
from pushgrasp.evaluation.replay import Setup, StateData, to_data, to_tensor, to_text
from pushgrasp.gripper import GripperGeometry
from pushgrasp.interface.action import KIND_NAMES, Action, Kind
from pushgrasp.motion.arms import home_poses
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.plan import plan_action

SETUP = Setup("training", 2, (0, 4), ("cube", "arch"))


def turned(angle: float) -> torch.Tensor:
    """Gripper that points down, turned about z; (3, 3), with rounding errors as decoders leave them."""
    sine, cosine = torch.tensor(angle).sin(), torch.tensor(angle).cos()
    zero = torch.zeros(())
    columns = [torch.stack((cosine, sine, zero)), torch.stack((sine, -cosine, zero)), torch.tensor([0.0, 0.0, -1.0])]
    return torch.stack(columns, dim=1)


def action(*kinds: Kind, points: int = 32) -> Action:
    """One world in which arms do these things, with numbers that use all bits of float32."""
    done = Action.none(1, len(kinds), points)
    generator = torch.Generator().manual_seed(5)
    for arm, kind in enumerate(kinds):
        done.kind[0, arm], done.valid[0, arm] = int(kind), kind != Kind.NONE
        if kind in (Kind.GRASP, Kind.MOVE):
            done.position[0, arm] = torch.tensor([0.1, 0.0, 0.05]) + 0.1 * torch.rand(3, generator=generator)
            done.rotation[0, arm], done.width[0, arm] = turned(0.3), 0.1 / 3
        if kind == Kind.MOVE:
            done.place_position[0, arm] = torch.rand(3, generator=generator)
            done.place_rotation[0, arm] = turned(1.1)
        if kind == Kind.PUSH:
            done.path[0, arm, :, 0] = torch.linspace(-0.3 + 0.4 * arm, -0.1 + 0.4 * arm, points) / 1.1
            done.path[0, arm, :, 2], done.yaw[0, arm] = 0.02, torch.linspace(0.1, 0.4, points)
    done.score[0, [Kind.GRASP, Kind.PUSH]] = torch.tensor([1.0 / 3.0, -123.456789])
    return done


def line_of(done: Action, **changes: Any) -> str:
    """Line of a trial in which this is done."""
    kinds: Any = tuple(KIND_NAMES[kind] for kind in done.kind[0])
    scores: Any = {"grasp": float(done.score[0, Kind.GRASP]), "push": float(done.score[0, Kind.PUSH])}
    before = StateData(target=4, poses=to_text(torch.arange(14.0).reshape(2, 7)))
    record = ActionRecord(kinds, True, scores, motion=to_data(done, 0), before=before)
    return TrialRecord(0, False, (replace(record, **changes),), setup=SETUP).to_line()


ACTIONS = [
    (Kind.GRASP, Kind.NONE),
    (Kind.PUSH, Kind.PUSH),
    (Kind.NONE, Kind.MOVE),
    (Kind.PUSH, Kind.GRASP),
    (Kind.NONE, Kind.NONE),
    (Kind.MOVE,),
]


@pytest.mark.parametrize("kinds", ACTIONS)
def test_an_action_comes_back_from_a_line_to_the_bit(kinds: tuple[Kind, ...]) -> None:
    done = action(*kinds)
    (record,) = from_line(line_of(done)).actions
    assert record.action.batch_size == done.batch_size
    for name, value in done.items():
        found = getattr(record.action, name)
        assert found.dtype == value.dtype and torch.equal(found, value), name


def test_a_motion_that_was_not_found_comes_back_as_such() -> None:
    done = action(Kind.GRASP, Kind.NONE)
    done.valid[0, 0], done.position[0, 0, 1] = False, torch.nan
    back = from_line(line_of(done)).actions[0].action
    assert not back.valid.any() and back.kind.tolist() == [[Kind.GRASP, Kind.NONE]]
    assert back.position[0, 0].isnan().tolist() == [False, True, False]


def test_only_what_the_kinds_need_is_kept() -> None:
    done = action(Kind.GRASP, Kind.NONE)
    done.path[0, 0], done.position[0, 1] = 7.0, 7.0
    assert [sorted(arm) for arm in to_data(done, 0)["arms"]] == [["position", "rotation", "valid", "width"], ["valid"]]


@pytest.mark.parametrize("kinds", [(Kind.NONE, Kind.GRASP), (Kind.PUSH, Kind.NONE), (Kind.PUSH, Kind.PUSH)])
def test_a_recorded_action_is_planned_as_it_was(kinds: tuple[Kind, ...]) -> None:
    done, limits = action(*kinds), MotionLimits()
    (record,) = from_line(line_of(done)).actions
    first, again = (
        plan_action(*home_poses(2, limits), one, GripperGeometry(), limits) for one in (done, record.action)
    )
    assert first.reachable.all() and (first.times[0, :, -1] > 0.0).tolist() == [kind != Kind.NONE for kind in kinds]
    names = [entry.name for entry in fields(first) if entry.init]
    assert all(torch.equal(getattr(first, name), getattr(again, name)) for name in names)


def test_text_is_base64_of_little_endian_float32() -> None:
    assert to_text(torch.tensor([[1.0, -2.5]])) == base64.b64encode(struct.pack("<2f", 1.0, -2.5)).decode()
    assert to_tensor("AACAPwAAIMA=", (2,), "x").tolist() == [1.0, -2.5]


def test_states_come_back() -> None:
    record = from_line(line_of(action(Kind.PUSH, Kind.NONE)))
    before = record.actions[0].before
    assert record.setup == SETUP and before is not None and before["target"] == 4
    assert torch.equal(to_tensor(before["poses"], (2, 7), "poses"), torch.arange(14.0).reshape(2, 7))


def changed(**changes: Any) -> str:
    """Line of a push of the left arm, with other data of that arm."""
    content = json.loads(line_of(action(Kind.PUSH, Kind.NONE)))
    arm = content["actions"][0]["motion"]["arms"][0]
    arm.update(changes)
    content["actions"][0]["motion"]["arms"][0] = {name: value for name, value in arm.items() if value is not None}
    return json.dumps(content)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (changed(path="!"), r"^record:1: actions\[0\].motion.arms\[0\].path: no base64"),
        (changed(path="é"), r"arms\[0\].path: no base64"),
        (changed(path="AACA"), r"arms\[0\].path: 3 bytes, float32 of the shape \(32, 3\) is needed"),
        (changed(path=None), r"arms\[0\]: a push has the fields valid, path, yaw"),
        (changed(width="AACAPw=="), r"arms\[0\]: a push has the fields valid, path, yaw"),
        (changed(valid=None), "fields of ArmData that are missing or unknown: valid"),
        (changed(speed="AACAPw=="), "fields of ArmData that are missing or unknown: speed"),
        (line_of(action(Kind.PUSH, Kind.NONE), kinds=("push",)), r"motion.arms: 2 arms, but 1 kinds"),
        (line_of(action(Kind.PUSH, Kind.NONE)).replace('"points":32', '"points":99999999'), r"points=99999999"),
        (line_of(action(Kind.PUSH), before={"target": 0, "poses": ""}), r"before.poses: 0 bytes, .* \(2, 7\)"),
        (line_of(action(Kind.PUSH)).replace('"slots":[0,4]', '"slots":[0,-4]'), r"setup.slots\[1\]=-4"),
    ],
)
def test_damaged_data_are_named(line: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_line(line)


def test_records_without_data_cannot_be_done_again() -> None:
    with pytest.raises(ValueError, match="records of the first schema do not say how an action was done"):
        _ = ActionRecord(("push",), True).action
