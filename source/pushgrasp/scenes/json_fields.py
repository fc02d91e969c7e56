"""Fields of a JSON object, taken one by one, with errors that name file and place."""

from collections.abc import Callable, Iterator
from math import isfinite
from types import UnionType
from typing import Any, NoReturn, TypeVar

from pushgrasp.files.text_files import FileError

T = TypeVar("T")
_REQUIRED = object()
_KINDS = {str: "text", int: "a whole number", float: "a number", list: "a list", dict: "an object {...}"}


class SceneFileError(FileError):
    """A scene file that cannot be used; the text says where and why."""


class Fields:
    """The fields of one JSON object; every field must be taken, what is left over is an error."""

    def __init__(self, content: Any, where: str, path: str) -> None:  # noqa: ANN401 - JSON is of any kind
        """Wrap ``content``, the value at ``path`` of the file ``where``.

        Raises:
            SceneFileError: If it is no JSON object.
        """
        self._where, self._path = where, path
        if not isinstance(content, dict):
            self.refuse("", f"must be an object {{...}}, got {_shown(content)}")
        self._left = dict(content)

    def refuse(self, key: str, message: str) -> NoReturn:
        """Raise a SceneFileError about a field, or about the object itself where the key is empty."""
        place = ".".join(part for part in (self._path, key) if part)
        raise SceneFileError(f"{self._where}: {place}: {message}" if place else f"{self._where}: {message}")

    def take(self, key: str, kind: type | UnionType, default: Any = _REQUIRED) -> Any:  # noqa: ANN401
        """Value of a field.

        Raises:
            SceneFileError: If it is of another kind, or missing and there is no default.
        """
        if key not in self._left:
            if default is _REQUIRED:
                self.refuse(key, "is missing")
            return default
        value = self._left.pop(key)
        allowed = (int, float) if kind is float else kind
        if isinstance(value, bool) or not isinstance(value, allowed):
            wanted = _KINDS[kind] if isinstance(kind, type) else " or ".join(_KINDS[k] for k in kind.__args__)
            self.refuse(key, f"must be {wanted}, got {_shown(value)}")
        return value

    def numbers(self, key: str, length: int, default: Any = _REQUIRED) -> tuple[float, ...] | None:  # noqa: ANN401
        """Field of so many finite numbers.

        Raises:
            SceneFileError: If it is anything else.
        """
        values = self.take(key, list, default)
        if values is default:
            return default
        for index, value in enumerate(values):
            if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
                self.refuse(f"{key}[{index}]", f"must be a finite number, got {_shown(value)}")
        if len(values) != length:
            self.refuse(key, f"must be {length} numbers, got {len(values)}")
        return tuple(float(value) for value in values)

    def part(self, key: str) -> "Fields | None":
        """Field that is an object of its own; None if it is missing."""
        value = self.take(key, dict, None)
        return None if value is None else Fields(value, self._where, f"{self._path}.{key}".lstrip("."))

    def parts(self, key: str) -> "Iterator[Fields]":
        """Field that is a list of objects."""
        for index, value in enumerate(self.take(key, list)):
            yield Fields(value, self._where, f"{self._path}.{key}[{index}]".lstrip("."))

    def built(self, kind: Callable[..., T], **values: Any) -> T:  # noqa: ANN401
        """Build something of values; what it refuses is an error at this place.

        Raises:
            SceneFileError: If it refuses them.
        """
        try:
            return kind(**values)
        except ValueError as error:
            self.refuse("", str(error))

    def finish(self) -> None:
        """Check that every field has been taken.

        Raises:
            SceneFileError: If one has not.
        """
        if self._left:
            self.refuse(next(iter(self._left)), "unknown field")


def _shown(value: Any) -> str:  # noqa: ANN401
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
