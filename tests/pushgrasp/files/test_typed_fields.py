"""Dataclasses from plain data, with all faults at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pushgrasp.files.typed_fields import Fault, build_fields
from pushgrasp.settings import Count, Range


@dataclass
class Part:
    length: Annotated[float, Range(least=0, most=2), "m"]
    turn: Annotated[float, Range(least=-math.pi, most=math.pi), "rad"] = 0.0

    def faults(self, place: str) -> Iterator[Fault]:
        if self.length > 1.0 and self.turn:
            yield Fault(f"{place}.turn", f"{place}.turn={self.turn}: long parts do not turn")


@dataclass
class Whole:
    name: str
    parts: tuple[Part, ...]
    size: tuple[Count, Count]
    kind: Literal["a", "b"] = "a"
    spare: Part | None = None
    more: list[str] = field(default_factory=list)


def messages(content: object) -> list[str]:
    return [fault.message for fault in build_fields(Whole, content)[1]]


def test_right_content() -> None:
    found, faults = build_fields(Whole, {"name": "x", "parts": [{"length": 1}], "size": [3, 4], "spare": None})
    assert faults == []
    part = Part(1.0, 0.0)
    assert found == {"name": "x", "parts": (part,), "size": (3, 4), "kind": "a", "spare": None, "more": []}
    assert isinstance(found["parts"][0].length, float)  # 1 and 1.0 are the same length, in a digest too


def test_all_faults_at_once_and_the_rest_is_kept() -> None:
    content = {
        "name": 7,
        "partz": [],
        "parts": [{"length": 700}, {"turn": 90.0}, {"length": 1.5, "turn": 1.0}],
        "size": [0],
    }
    assert sorted(messages(content)) == [
        'name=7: text is needed (put it in "quotes")',
        "parts[0].length=700: a finite number of at least 0 and of at most 2 is needed [m]; 700 millimetres are 0.7",
        "parts[1].length is missing",
        "parts[1].turn=90.0: a finite number of at least -3.141592654 and of at most 3.141592654 is needed [rad]; "
        "90.0 degrees are 1.5708",
        "parts[2].turn=1.0: long parts do not turn",
        "partz: there is no such field; did you mean parts?",
        "size=[0]: a list of 2 is needed",
    ]
    assert build_fields(Whole, content)[0] == {"kind": "a", "spare": None, "more": []}


def test_other_kinds_of_content() -> None:
    assert messages([1]) == ["the file=[1]: fields (name: value) are needed"]
    assert messages({"name": "x", "parts": 3, "size": [1, 2], "kind": "c", "zzz": 1}) == [
        "zzz: there is no such field; fields: name, parts, size, kind, spare, more",
        "parts=3: a list is needed",
        "kind='c': one of a, b is needed",
    ]
    assert messages({"name": "x", "parts": [4], "size": [True, 1e9]}) == [
        "parts[0]=4: fields (name: value) are needed",
        "size[0]=True: a whole number of at least 1 is needed",
        "size[1]=1000000000.0: a whole number of at least 1 is needed",
    ]
