"""Plain data: what YAML files and ``torch.load(weights_only=True)`` accept."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import PurePath
from typing import Any

import numpy as np

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]


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
