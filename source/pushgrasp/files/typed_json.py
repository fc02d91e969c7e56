"""Dataclasses from parsed JSON, whose values the annotations of their fields allow, and back to plain data.

@dataclass
class Shot:
number: Whole
hit: bool
way: Literal["high", "low"] | None = None

build(Shot, {"number": 3, "hit": True, "way": None})
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from functools import cache
from pathlib import PurePath
from types import NoneType, UnionType
from typing import Annotated, Any, NoReturn, Union, cast, get_args, get_origin, get_type_hints, is_typeddict

import numpy as np

from pushgrasp.files.text_files import without_end
from pushgrasp.settings import Range, check_value

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]
"""What YAML files and ``torch.load(weights_only=True)`` accept."""

MAY_LACK: Mapping[str, Any] = {"may_lack": True}
"""Metadata of a dataclass's field that early files do not have; it then has its default."""

Whole = Annotated[int, Range(least=0, most=2**53)]
"""A whole number of things; beyond 2^53, JSON readers do not agree."""


class JsonValueError(ValueError):
    """A value that its field does not take; the text says where and what is allowed."""


def build[T](kind: type[T], content: object) -> T:
    """Return a dataclass, or a value of any other annotation below, from parsed JSON.

    Annotations may be dataclasses, typed dictionaries, ``tuple[X, ...]``, ``list[X]``, ``Mapping[str, X]``, text, what
    :func:`pushgrasp.settings.check_value` knows, and unions. All fields of a dataclass must be there, but those with
    :data:`MAY_LACK`.

    Args:
        kind: What to build.
        content: What the JSON parser has returned.

    Raises:
        ValueError: Naming the first field that is missing, unknown, of another kind or out of range.
    """
    return cast("T", _value(kind, content, ""))


def _value(kind: Any, value: Any, place: str) -> Any:  # noqa: ANN401 - any annotation
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _value(_part(parts, value), value, place)
    if origin in (tuple, list):
        items = _of(list, value, place, "a list")
        return origin(_value(parts[0], item, f"{place}[{index}]") for index, item in enumerate(items))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        items = _of(dict, value, place, "an object {...}")
        return {key: _value(parts[1], item, _inside(place, key)) for key, item in items.items()}
    if dataclasses.is_dataclass(kind):
        needed = {item.name for item in dataclasses.fields(kind) if item.metadata != MAY_LACK}
        return cast("Any", kind)(**_fields(kind, needed, value, place))
    if is_typeddict(kind):
        return _fields(kind, kind.__required_keys__, value, place)
    if kind in (str, NoneType):
        return _of(kind, value, place, "text" if kind is str else "null")
    check_value(place, value, kind)
    return value


def _part(parts: tuple[Any, ...], value: object) -> Any:  # noqa: ANN401 - any annotation
    """The part of a union that a value is of, or would be if it were right."""
    return next((part for part in parts if type(value) is part), parts[0])


def _fields(kind: Any, needed: Collection[str], value: object, place: str) -> dict[str, Any]:  # noqa: ANN401
    """Fields of a dataclass or a typed dictionary."""
    content, hints = _of(dict, value, place, "an object {...}"), _hints(kind)
    if wrong := (set(needed) - content.keys()) | (content.keys() - hints.keys()):
        names = ", ".join(sorted(wrong))
        _fail(place, f"fields of {kind.__name__} that are missing or unknown: {names}")
    return {name: _value(hints[name], item, _inside(place, name)) for name, item in content.items()}


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _of[T](kind: type[T], value: object, place: str, wanted: str) -> T:
    if isinstance(value, kind):
        return value
    _fail(place, f"{without_end(repr(value))} is not {wanted}")


def _fail(place: str, message: str) -> NoReturn:
    raise JsonValueError(f"{place}: {message}" if place else message)


def _inside(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def to_plain(value: Any) -> Plain:  # noqa: ANN401 - configurations hold anything
    """Return a configuration as dicts, lists, strings and numbers.

    Dataclasses and objects with ``to_dict`` become dicts, tuples and arrays lists, paths and enums text, classes and
    functions "module:name"; anything else becomes its ``str``.
    """
    if isinstance(value, str) and not isinstance(value, Enum):
        return str.__str__(value)  # of a subclass, the bare text
    if value is None or (isinstance(value, bool | int | float) and not isinstance(value, Enum)):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return to_plain(value.tolist())
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        return [to_plain(item) for item in value]
    return _as_text(value)


def _as_text(value: Any) -> str:  # noqa: ANN401 - the remaining kinds of value
    """Return a path, enum, class or other object as text."""
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Enum):
        return str(value.value)
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}:{value.__qualname__}"
    return str(value)
