"""Configurations refuse what is not a number of their range, under the name that a user types."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pytest

from pushgrasp.settings import Count, NotNegative, Positive, Range, Settings, Share, check_number


@dataclass
class Inner(Settings):
    speed: Positive = 1.0


@dataclass
class Outer(Settings):
    gain: Share = 0.5
    wait: NotNegative = 0.0
    offset: float = 0.0
    pictures: Count = 1
    most: Count | None = None
    span: tuple[float, float] = (0.0, 1.0)
    rule: Share | tuple[Share, Share] = 0.5
    kind: Literal["one", "two"] = "one"
    fast: bool = False
    parts: tuple[Inner, ...] = (Inner(),)
    inner: Inner = field(default_factory=Inner)


RIGHT = [
    ("gain", [0, 1, 0.5, np.float32(0.5), np.int64(1)]),
    ("wait", [0, 3, 1e9]),
    ("offset", [-5, 2.5]),
    ("pictures", [1, np.int32(7)]),
    ("most", [None, 3]),
    ("span", [(0, 1), [0.5, 2.5]]),
    ("rule", [0, (0.1, 1)]),
    ("kind", ["two"]),
    ("fast", [True]),
]
NOT_NUMBERS = [True, np.True_, "fast", None, math.nan, math.inf, np.float32("nan")]
WRONG = [
    ("gain", [-1, 2, -0.1, np.float32(1.5), *NOT_NUMBERS], "a finite number of at least 0 and of at most 1"),
    ("wait", [-1, np.int64(-1), -0.5, *NOT_NUMBERS], "a finite number of at least 0"),
    ("offset", NOT_NUMBERS, "a finite number"),
    ("pictures", [0, -1, 2.0, np.float64(2.0), *NOT_NUMBERS], "a whole number of at least 1"),
    ("most", [0, 1.5, True], "a whole number of at least 1"),
    ("span", [3, (1.0,), (1.0, 2.0, 3.0), None], "2 numbers in a list"),
    ("rule", [-1, True], "a finite number of at least 0 and of at most 1"),
    ("kind", ["three", None, 1], "one of one, two"),
    ("fast", [1, 0.0, None, "yes"], "true or false"),
]


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in RIGHT for value in values])
def test_values_within_the_range_pass(name: str, value: object) -> None:
    assert getattr(Outer(**{name: value}), name) is value


@pytest.mark.parametrize(
    ("name", "value", "allowed"), [(name, value, allowed) for name, values, allowed in WRONG for value in values]
)
def test_all_others_are_refused_by_name(name: str, value: object, allowed: str) -> None:
    message = f"Outer.{name}={value!r}: {allowed} is needed".replace("list is", "list are")
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Outer(**{name: value})


def test_parts_are_named_as_a_user_addresses_them() -> None:
    cfg = Outer()
    cfg.inner.speed = -1
    with pytest.raises(ValueError, match=r"^env\.outer\.inner\.speed=-1: a finite number above 0 is needed$"):
        cfg.check("env.outer")
    cfg.inner.speed, cfg.parts[0].speed = 1, 0
    with pytest.raises(ValueError, match=r"^env\.outer\.parts\[0\]\.speed=0: "):
        cfg.check("env.outer")
    with pytest.raises(ValueError, match=r"^Outer\.span\[1\]=nan: a finite number is needed$"):
        Outer(span=(0.0, math.nan))


def test_bounds_are_in_or_out_as_their_names_say() -> None:
    allowed = Range(above=0, most=1)
    assert [allowed.holds(number) for number in (0, 0.1, 1, 1.1)] == [False, True, True, False]
    allowed = Range(least=0, below=math.pi / 2)
    assert [allowed.holds(number) for number in (-0.1, 0, 1.57, math.pi / 2)] == [False, True, True, False]
    with pytest.raises(ValueError, match=r"^x=2: a finite number of at least 0 and below 1\.570796327 is needed$"):
        check_number("x", 2, allowed)


@pytest.mark.parametrize("name", ["offset", "gain", "wait", "pictures", "rule"])
def test_whole_numbers_beyond_every_float_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=rf"Outer\.{name}=10+: a (finite|whole) number"):
        Outer(**{name: 10**400})
