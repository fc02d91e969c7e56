"""Dataclasses from parsed YAML or JSON, with all that is wrong at once.

A number may name its unit after its range, ``Annotated[float, Range(most=5), "m"]``: millimetres in place of metres and
degrees in place of radians are then told as such.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Protocol, Union, cast, get_args, get_origin

from pushgrasp.files.text_files import without_end
from pushgrasp.settings import Range, check_value, declared_types

SLIPS = {"m": ("millimetres", 1.0e-3), "rad": ("degrees", math.pi / 180.0), "s": ("milliseconds", 1.0e-3)}
"""Units that are taken for others: what people write instead, and its size in the unit."""


@dataclasses.dataclass(frozen=True)
class Fault:
    """One thing that is wrong."""

    place: str
    """Where it stands, such as ``arms[0].address``."""
    message: str
    """What is wrong and what is allowed; it names the place."""


def unfit(place: str, value: object, message: str) -> Fault:
    """Return the fault of a value that its field cannot have."""
    shown = list(value) if isinstance(value, tuple) else value
    return Fault(place, f"{place}={shown!r}: {message}")


class Related(Protocol):
    """A dataclass some of whose fields have to do with each other."""

    def faults(self, place: str) -> Iterator[Fault]:
        """Say what is wrong with the fields together; each by itself is in its range."""
        ...


def build_fields(kind: type, content: object, place: str = "") -> tuple[dict[str, Any], list[Fault]]:
    """Return the fields of a dataclass that are right, and all that is wrong with the others.

    Fields may be numbers, text, true or false, choices, tuples, dataclasses and unions of one of them with None. What
    has a default may be left out. Of a nested dataclass whose fields are all right, ``faults`` is asked as well
    (:class:`Related`).

    Args:
        kind: The dataclass.
        content: What the parser has returned.
        place: What messages call it; nothing for a whole file.
    """
    faults: list[Fault] = []
    return _fields(kind, content, place, faults), faults


def _fields(kind: type, content: object, place: str, faults: list[Fault]) -> dict[str, Any]:
    if not isinstance(content, dict):
        faults.append(
            Fault(place, f"{place or 'the file'}={without_end(repr(content))}: fields (name: value) are needed")
        )
        return {}
    types = declared_types(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    faults.extend(_unknown(key, names, place) for key in content.keys() - set(names))
    found: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        where = f"{place}.{field.name}" if place else field.name
        if field.name in content:
            before = len(faults)
            value = _value(types[field.name], content[field.name], where, faults)
            if len(faults) == before:
                found[field.name] = value
        elif field.default is not dataclasses.MISSING:
            found[field.name] = field.default
        elif field.default_factory is not dataclasses.MISSING:
            found[field.name] = field.default_factory()
        else:
            faults.append(Fault(place, f"{where} is missing"))
    return found


def _unknown(key: str, names: list[str], place: str) -> Fault:
    """Say that there is no such field, and which one may be meant."""
    where = f"{place}.{key}" if place else key
    near = difflib.get_close_matches(key, names, n=1)
    advice = f"did you mean {near[0]}?" if near else f"fields: {', '.join(names)}"
    return Fault(where, f"{where}: there is no such field; {advice}")


def _value(kind: Any, value: object, place: str, faults: list[Fault]) -> Any:  # noqa: ANN401 - any annotation
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        if value is None:
            return None
        return _value(next(part for part in parts if part is not NoneType), value, place, faults)
    if dataclasses.is_dataclass(kind):
        return _dataclass(cast("type", kind), value, place, faults)
    if origin is tuple:
        return _tuple(parts, value, place, faults)
    try:
        check_value(place, value, kind)
    except ValueError as error:
        faults.append(Fault(place, f"{error}{_slip(kind, value)}"))
        return None
    return float(cast("float", value)) if _is_float(kind) and isinstance(value, int) else value


def _dataclass(kind: type, value: object, place: str, faults: list[Fault]) -> object:
    """Return a dataclass, made without its own check, which does not know the place."""
    before = len(faults)
    fields = _fields(kind, value, place, faults)
    if len(faults) > before:
        return None
    made = object.__new__(kind)
    vars(made).update(fields)
    if hasattr(made, "faults"):
        faults.extend(cast("Related", made).faults(place))
    return made


def _tuple(parts: tuple[Any, ...], value: object, place: str, faults: list[Fault]) -> tuple[Any, ...] | None:
    repeated = parts[-1] is Ellipsis
    if not isinstance(value, list) or not (repeated or len(value) == len(parts)):
        wanted = "a list" if repeated else f"a list of {len(parts)}"
        faults.append(Fault(place, f"{place}={without_end(repr(value))}: {wanted} is needed"))
        return None
    kinds = [parts[0]] * len(value) if repeated else parts
    return tuple(
        _value(kind, item, f"{place}[{i}]", faults) for i, (kind, item) in enumerate(zip(kinds, value, strict=True))
    )


def _is_float(kind: Any) -> bool:  # noqa: ANN401
    return kind is float or (get_origin(kind) is Annotated and get_args(kind)[0] is float)


def _slip(kind: Any, value: object) -> str:  # noqa: ANN401
    """Return which unit a number may have been written in, if it is not right as it is."""
    if kind is str and isinstance(value, int | float):
        return ' (put it in "quotes")'
    if not (_is_float(kind) and len(get_args(kind)) == 3 and type(value) in (int, float)):
        return ""
    _, allowed, unit = get_args(kind)
    name, size = SLIPS.get(unit, ("", 0.0))
    number = cast("float", value) * size
    return (
        f" [{unit}]; {value} {name} are {number:.6g}" if size and cast("Range", allowed).holds(number) else f" [{unit}]"
    )
