"""Records as lines of JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pushgrasp.evaluation.records import ActionRecord, TrialRecord, from_line

RECORD = TrialRecord(
    trial=4,
    completed=True,
    actions=(
        ActionRecord("push", True, score=1.25, other_score=-0.5, levels=(1.0, 0.0, 0.0)),
        ActionRecord("grasp", True, reward=0.75, simulated_s=4.2, pad_penetration_m=0.0004),
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


def test_a_score_of_an_invisible_target_is_null() -> None:
    line = replace(RECORD, actions=(ActionRecord("push", True, score=0.0, other_score=float("-inf")),)).to_line()
    assert json.loads(line)["actions"][0]["other_score"] is None


def test_counts_of_actions() -> None:
    assert (RECORD.pushes, RECORD.grasps, RECORD.grasp_successes) == (1, 1, 1)


def changed(**fields: object) -> str:
    return json.dumps({**json.loads(RECORD.to_line()), **fields})


def without(field: str) -> str:
    content = json.loads(RECORD.to_line())
    del content[field]
    return json.dumps(content)


def test_records_from_before_penetration_was_measured_are_read() -> None:
    content = json.loads(RECORD.to_line())
    for action in content["actions"]:
        del action["pad_penetration_m"]
    assert [action.pad_penetration_m for action in from_line(json.dumps(content)).actions] == [None, None]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "record:1: no JSON"),
        ("[1]", "schema 'list', this program reads 'pushgrasp.trial/1'"),
        (RECORD.to_line().replace("trial/1", "trial/9"), "schema 'pushgrasp.trial/9', this program reads"),
        (without("scene"), "fields of TrialRecord that are missing or unknown: scene"),
        (RECORD.to_line().replace('"reward"', '"prize"'), "of ActionRecord that are missing or unknown: prize, reward"),
        (RECORD.to_line().replace('"push"', '"kick"'), r"actions\[0\].kind='kick': one of push, grasp is needed"),
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
