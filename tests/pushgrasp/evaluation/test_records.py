"""Records as lines of JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import get_args

import pytest

from pushgrasp.evaluation.records import ActionRecord, KindName, Scores, TrialRecord, from_line
from pushgrasp.interface.action import KIND_NAMES

RECORD = TrialRecord(
    trial=4,
    completed=True,
    actions=(
        ActionRecord(("push", "none"), True, {"push": 1.25, "grasp": -0.5}, levels=(1.0, 0.0, 0.0)),
        ActionRecord(("none", "grasp"), True, reward=0.75, simulated_s=4.2, pad_penetration_m=0.0004),
    ),
    end="completed",
    scene="P1/case1/004",
    objects=6,
    taken=1,
    provenance={"seed": 0},
    times={"wall_s": 1.5},
)


def test_a_line_comes_back_as_the_same_record() -> None:
    assert from_line(RECORD.to_line()) == RECORD
    assert "\n" not in RECORD.to_line()


def test_kinds_are_those_of_the_interface() -> None:
    assert get_args(KindName) == KIND_NAMES and tuple(Scores.__annotations__) == KIND_NAMES


def test_counts_of_actions() -> None:
    assert [RECORD.count(kind) for kind in get_args(KindName)] == [2, 1, 1, 0]
    assert RECORD.grasp_successes == 1
    both = replace(RECORD, actions=(ActionRecord(("push", "push"), True), ActionRecord(("push", "grasp"), False)))
    assert (both.count("push"), both.count("grasp"), both.grasp_successes) == (2, 1, 0)


def changed(**fields: object) -> str:
    return json.dumps({**json.loads(RECORD.to_line()), **fields})


def without(field: str) -> str:
    content = json.loads(RECORD.to_line())
    del content[field]
    return json.dumps(content)


FIRST = (
    '{"schema":"pushgrasp.trial/1","trial":4,"completed":true,"actions":['
    '{"kind":"push","success":true,"score":1.25,"other_score":-0.5,"planned":true,"executed":true,"wrong_lifted":false,'
    '"changed":true,"lost":0,"isolate_rate":null,"levels":[1.0,0.0,0.0],"reward":null,"simulated_s":null},'
    '{"kind":"grasp","success":true,"score":2.5,"other_score":null,"planned":true,"executed":true,"wrong_lifted":false,'
    '"changed":true,"lost":0,"isolate_rate":null,"levels":[],"reward":0.75,"simulated_s":4.2,"pad_penetration_m":0.0004}'
    '],"objects_lost":0,"fault":false,"end":"completed","cause":null,"scene":"P1/case1/004","objects":6,"taken":1,'
    '"target":"","visibility":null,"target_cells":null,"settled_m":null,"provenance":{"seed":0},"times":{"wall_s":1.5}}'
)
"""A line of the first schema; its first action is from before penetration was measured."""


def test_records_of_the_first_schema_are_read() -> None:
    push, grasp = RECORD.actions
    actions = replace(push, kinds=("push",)), replace(grasp, kinds=("grasp",), scores={"grasp": 2.5})
    assert from_line(FIRST) == replace(RECORD, actions=actions)


def test_records_that_do_not_say_what_each_arm_lifted_are_read() -> None:
    assert from_line(RECORD.to_line().replace('"lifted":[],', "")) == RECORD


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "record:1: no JSON"),
        ("[1]", "schema 'list', this program reads 'pushgrasp.trial/2' and 'pushgrasp.trial/1'"),
        (RECORD.to_line().replace("trial/2", "trial/9"), "schema 'pushgrasp.trial/9', this program reads"),
        (without("scene"), "fields of TrialRecord that are missing or unknown: scene"),
        (RECORD.to_line().replace('"reward"', '"prize"'), "of ActionRecord that are missing or unknown: prize, reward"),
        (
            RECORD.to_line().replace('"push",', '"kick",'),
            r"kinds\[0\]='kick': one of none, grasp, push, move is needed",
        ),
        (RECORD.to_line().replace('"push":1', '"kick":1'), r"\[0\].scores: fields of Scores that are .* unknown: kick"),
        (FIRST.replace('"push"', '"kick"'), r"kinds\[0\]='kick': one of none, grasp, push, move is needed"),
        (FIRST.replace('"score":2.5,', ""), "missing or unknown: before, kind, kinds, motion, other_score, scores"),
        (FIRST.replace('"actions":[', '"actions":[3,'), r"actions\[0\]: 3 is not an object"),
        (changed(completed="false"), "record:1: completed='false': true or false is needed"),
        (changed(trial=-5), "trial=-5: a whole number of at least 0"),
        (changed(end="banana"), "end='banana': one of completed, cleared, failed grasps"),
        (changed(end="action limit"), "completed: True does not go with the end 'action limit'"),
        (changed(cause="bad luck"), "cause='bad luck': one of out of bounds, "),
        (changed(visibility=1.5), "visibility=1.5: a finite number of at least 0 and of at most 1"),
        (changed(taken=7), "taken: 7 is more than the 6 objects of the scene"),
        (changed(times={"wall_s": "long"}), "times.wall_s='long'"),
        (RECORD.to_line().replace('"objects":6', '"objects":6,"objects":7'), "stands twice"),
        (RECORD.to_line().replace("1.25", "NaN"), "NaN is no number"),
        (RECORD.to_line().replace("1.25", "1e999"), "1e999 is too large"),
        (RECORD.to_line().replace("1.25", "[" * 100_000), "nested more than 100 deep"),
    ],
)
def test_other_lines_are_refused(line: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_line(line)
