"""JSON into dataclasses: every kind of annotation, right and wrong; and anything into plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

import numpy as np
import pytest

from pushgrasp.files.typed_json import MAY_LACK, Whole, build, to_plain
from pushgrasp.settings import NotNegative, Share


class Times(TypedDict, total=False):
    end: str
    laps: list[NotNegative]


@dataclass(frozen=True)
class Shot:
    kind: Literal["high", "low"]
    hit: bool
    part: Share | None
    late: float = field(default=0.5, metadata=MAY_LACK)


@dataclass(frozen=True)
class Game:
    number: Whole
    shots: tuple[Shot, ...]
    facts: Mapping[str, str | int | None]
    times: Times


SHOT: dict[str, Any] = {"kind": "low", "hit": True, "part": 1}
GAME: dict[str, Any] = {
    "number": 3,
    "shots": [SHOT],
    "facts": {"a": 1, "b": None, "c": "x"},
    "times": {"laps": [0, 2.5]},
}


def test_right_values_are_taken_as_they_are() -> None:
    game = build(Game, json.loads(json.dumps(GAME)))
    assert game == Game(3, (Shot("low", True, 1),), GAME["facts"], {"laps": [0, 2.5]})
    assert game.shots[0].late == 0.5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"number": "3"}, "number='3': a whole number of at least 0 and"),
        ({"number": True}, "number=True: a whole number"),
        ({"number": 3.0}, "number=3.0: a whole number"),
        ({"number": -5}, "number=-5: a whole number of at least 0"),
        ({"number": 10**30}, "number=10{30}: a whole number"),
        ({"number": None}, "number=None: a whole number"),
        ({"shots": "x" * 99}, r"shots: 'x{36}\.\.\. is not a list"),
        ({"shots": [7]}, r"shots\[0\]: 7 is not an object"),
        ({"shots": [SHOT, {**SHOT, "hit": "false"}]}, r"shots\[1\].hit='false': true or false is needed"),
        ({"shots": [{**SHOT, "hit": 1}]}, r"shots\[0\].hit=1: true or false"),
        ({"shots": [{**SHOT, "kind": "banana"}]}, r"shots\[0\].kind='banana': one of high, low is needed"),
        ({"shots": [{**SHOT, "kind": ["low"]}]}, r"shots\[0\].kind=\['low'\]: one of"),
        ({"shots": [{**SHOT, "part": 1.5}]}, r"shots\[0\].part=1.5: a finite number of at least 0 and of at most 1"),
        ({"shots": [{**SHOT, "part": float("nan")}]}, r"shots\[0\].part=nan"),
        ({"shots": [{**SHOT, "late": float("inf")}]}, r"shots\[0\].late=inf: a finite number"),
        ({"shots": [{"kind": "low", "hit": True}]}, r"shots\[0\]: fields of Shot that are missing or unknown: part"),
        ({"more": 1}, "^fields of Game that are missing or unknown: more"),
        ({"facts": {"a": [1]}}, r"facts.a: \[1\] is not text"),
        ({"facts": []}, r"facts: \[\] is not an object"),
        ({"times": {"laps": [-1]}}, r"times.laps\[0\]=-1: a finite number of at least 0"),
        ({"times": {"end": 4}}, "times.end: 4 is not text"),
        ({"times": {"start": "x"}}, "times: fields of Times that are missing or unknown: start"),
    ],
)
def test_wrong_values_are_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(Game, {**GAME, **changes})


@pytest.mark.parametrize("content", [None, [], "x", 3])
def test_what_is_no_object_is_refused(content: object) -> None:
    with pytest.raises(ValueError, match="is not an object"):
        build(Game, content)


def test_plain_data_of_anything() -> None:
    value = {1: (np.float32(0.5), np.arange(2)), "shot": Shot("low", True, 0.5), "slice": slice(1), "kind": Shot}
    plain = to_plain(value)
    assert plain["1"] == [0.5, [0, 1]]
    assert plain["shot"] == {"kind": "low", "hit": True, "part": 0.5, "late": 0.5}
    assert plain["slice"] == "slice(None, 1, None)" and plain["kind"] == f"{__name__}:Shot"
