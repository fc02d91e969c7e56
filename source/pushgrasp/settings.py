"""Checks of settings: a configuration states the range of each number beside its type, and is checked field by field.

``acceleration: Positive = 4.0`` says that the field takes a positive, finite number; whole numbers and NumPy's count as
numbers, true and false do not.
"""

from __future__ import annotations

import inspect
import math
import sys
from dataclasses import dataclass
from functools import cache
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin


@dataclass(frozen=True)
class Range:
    """Finite numbers between bounds, each of which is left out where it is infinite."""

    least: float = -math.inf
    """Smallest number."""
    above: float = -math.inf
    """Every number is greater than this."""
    most: float = math.inf
    """Greatest number."""
    below: float = math.inf
    """Every number is less than this."""
    odd: bool = False
    """Whether every number is odd."""

    def holds(self, number: float) -> bool:
        """Tell whether a number is finite and within the bounds."""
        within = self.least <= number <= self.most and self.above < number < self.below
        return math.isfinite(number) and within and (number % 2 == 1 or not self.odd)

    def __str__(self) -> str:
        """Return the bounds in words."""
        words = {"of at least": self.least, "above": self.above, "of at most": self.most, "below": self.below}
        bounds = [f"{word} {bound:.10g}" for word, bound in words.items() if math.isfinite(bound)]
        return " and ".join([*bounds, "odd"] if self.odd else bounds)


Positive = Annotated[float, Range(above=0)]
NotNegative = Annotated[float, Range(least=0)]
Share = Annotated[float, Range(least=0, most=1)]
Count = Annotated[int, Range(least=1)]
Index = Annotated[int, Range(least=0)]
Odd = Annotated[int, Range(least=1, odd=True)]


def check_number(name: str, value: Any, allowed: Range | None = None, whole: bool = False) -> None:  # noqa: ANN401
    """Refuse a value that is not a number in a range.

    Args:
        name: What the value is, as a user writes it: ``env.arms.acceleration``.
        value: What was set.
        allowed: The range; any finite number by default.
        whole: Whether only whole numbers are allowed.

    Raises:
        ValueError: Naming the value and what is allowed.
    """
    allowed = allowed or Range()
    is_number = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
    if not (is_number and allowed.holds(_as_float(value))):
        kind = "whole" if whole else "finite"
        raise ValueError(f"{name}={value!r}: {' '.join(f'a {kind} number {allowed}'.split())} is needed")


def _as_float(number: Any) -> float:  # noqa: ANN401 - of any numeric type
    """Return a number as a float; whole numbers beyond every float count as infinite."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def check_value(name: str, value: object, declared: Any) -> None:  # noqa: ANN401
    """Refuse a value that is not of its declared type; what is not a number, a tuple or a choice is not looked at.

    Raises:
        ValueError: Naming the value and what is allowed.
    """
    origin, parts = get_origin(declared), get_args(declared)
    if origin in (Union, UnionType):
        _check_either(name, value, parts)
    elif origin is Annotated:
        check_number(name, value, parts[1], whole=parts[0] is int)
    elif declared in (int, float):
        check_number(name, value, whole=declared is int)
    elif declared is bool and not isinstance(value, bool):
        raise ValueError(f"{name}={value!r}: true or false is needed")
    elif declared is str and not isinstance(value, str):
        raise ValueError(f"{name}={value!r}: text is needed")
    elif origin is Literal and (type(value), value) not in [(type(part), part) for part in parts]:
        raise ValueError(f"{name}={value!r}: one of {', '.join(map(str, parts))} is needed")
    elif origin is tuple:
        _check_tuple(name, value, parts)
    elif isinstance(value, Settings):
        value.check(name)


def _check_either(name: str, value: object, types: tuple[Any, ...]) -> None:
    """Check a value against the one of several types that is meant."""
    if value is None and NoneType in types:
        return
    is_list = isinstance(value, list | tuple)
    meant = [kind for kind in types if kind is not NoneType and (get_origin(kind) is tuple) == is_list]
    check_value(name, value, (meant or [kind for kind in types if kind is not NoneType])[0])


def _check_tuple(name: str, value: object, types: tuple[Any, ...]) -> None:
    """Check a tuple, or a list in its place, part by part."""
    repeated = types[-1] is Ellipsis
    if not isinstance(value, list | tuple) or not (repeated or len(value) == len(types)):
        raise ValueError(f"{name}={value!r}: {'' if repeated else f'{len(types)} '}numbers in a list are needed")
    for index, part in enumerate(value):
        check_value(f"{name}[{index}]", part, types[0] if repeated else types[index])


def check_settings(cfg: object, where: str, declared: dict[str, Any] | None = None) -> None:
    """Check the fields of a configuration against their types and ranges.

    Args:
        cfg: A dataclass, or an object of a class with annotations.
        where: How a user addresses it: ``env.arms``.
        declared: Types and ranges by field, for classes of other packages; what its class declares by default.

    Raises:
        ValueError: Naming the first wrong field and what is allowed.
    """
    for name, kind in (declared_types(type(cfg)) if declared is None else declared).items():
        check_value(f"{where}.{name}", getattr(cfg, name), kind)


@cache
def declared_types(cls: type) -> dict[str, Any]:
    """Return the types, with their ranges, of the fields of a class; those that only a type checker can read, not."""
    types: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        names = vars(sys.modules[base.__module__])
        found = {field: _evaluated(hint, names) for field, hint in inspect.get_annotations(base).items()}
        types |= {field: kind for field, kind in found.items() if not isinstance(kind, str)}
    return types


def _evaluated(hint: object, names: dict[str, Any]) -> object:
    """Return what an annotation stands for among the names of its module; itself where a name is missing."""
    try:
        return eval(hint, names) if isinstance(hint, str) else hint
    except NameError:
        return hint


class Settings:
    """Base of a configuration: its fields are checked when it is made, and again where it is used."""

    def __post_init__(self) -> None:
        """Refuse fields that are out of range."""
        self.check(type(self).__name__)

    def check(self, where: str) -> None:
        """Refuse fields that are out of range; subclasses add what several fields have to do with each other.

        Args:
            where: How a user addresses the configuration: ``env.arms``.

        Raises:
            ValueError: Naming the field and what is allowed.
        """
        check_settings(self, where)
