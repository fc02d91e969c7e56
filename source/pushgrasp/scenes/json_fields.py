"""Fields of a JSON object, taken one by one, with faults that name file and place."""

from collections.abc import Callable, Iterator
from types import UnionType
from typing import Any, TypeVar

from pushgrasp.files.text_files import FileError, without_end

T = TypeVar("T")
_REQUIRED = object()
_KINDS = {str: "text", int: "a whole number", float: "a number", list: "a list", dict: "an object {...}"}


class SceneFileError(FileError):
    """A scene file that cannot be used; the text says where and why."""


class Fields:
    """The fields of one JSON object; every field must be taken, what is left over is a fault.

    Faults are collected, so that a file's are all told at once: what cannot be read is None until :meth:`checked`.
    """

    def __init__(self, content: Any, where: str, path: str = "", faults: list[str] | None = None) -> None:  # noqa: ANN401
        """Wrap ``content``, the value at ``path`` of the file ``where``, and collect in ``faults``."""
        self._where, self._path = where, path
        self._faults = [] if faults is None else faults
        self._before = len(self._faults)
        self._left = dict(content) if isinstance(content, dict) else None
        if self._left is None:
            self.refuse("", f"must be an object {{...}}, got {without_end(repr(content))}")

    def refuse(self, key: str, message: str) -> None:
        """Collect a fault of a field, or of the object itself where the key is empty."""
        place = ".".join(part for part in (self._path, key) if part)
        self._faults.append(f"{self._where}: {place}: {message}" if place else f"{self._where}: {message}")

    def take(self, key: str, kind: type | UnionType, default: Any = _REQUIRED) -> Any:  # noqa: ANN401
        """Value of a field; a fault if it is of another kind, or missing and there is no default."""
        if self._left is None:
            return None
        if key not in self._left:
            if default is _REQUIRED:
                self.refuse(key, "is missing")
                return None
            return default
        value = self._left.pop(key)
        allowed = (int, float) if kind is float else kind
        if isinstance(value, bool) or not isinstance(value, allowed):
            wanted = _KINDS[kind] if isinstance(kind, type) else " or ".join(_KINDS[k] for k in kind.__args__)
            self.refuse(key, f"must be {wanted}, got {without_end(repr(value))}")
            return None
        return value

    def numbers(self, key: str, length: int, default: Any = _REQUIRED) -> tuple[float, ...] | None:  # noqa: ANN401
        """Field of so many numbers; a fault if it is anything else."""
        values = self.take(key, list, default)
        if values is default or values is None:
            return values
        if len(values) != length:
            self.refuse(key, f"must be {length} numbers, got {len(values)}")
        wrong = [i for i, value in enumerate(values) if isinstance(value, bool) or not isinstance(value, int | float)]
        for index in wrong:
            self.refuse(f"{key}[{index}]", f"must be a number, got {without_end(repr(values[index]))}")
        return None if wrong else tuple(float(value) for value in values)

    def part(self, key: str) -> "Fields | None":
        """Field that is an object of its own; None if it is missing."""
        value = self.take(key, dict, None)
        return None if value is None else self._inner(value, key)

    def parts(self, key: str) -> "Iterator[Fields]":
        """Field that is a list of objects."""
        for index, value in enumerate(self.take(key, list) or ()):
            yield self._inner(value, f"{key}[{index}]")

    def built(self, kind: Callable[..., T], **values: Any) -> T | None:  # noqa: ANN401
        """Build something of values; None after a fault in this object, and what it refuses is one."""
        if len(self._faults) > self._before:
            return None
        try:
            return kind(**values)
        except ValueError as error:
            self.refuse("", str(error))
            return None

    def finish(self) -> None:
        """Collect a fault for each field that has not been taken."""
        for key in self._left or ():
            self.refuse(without_end(repr(key)).strip("'"), "unknown field")

    def checked(self, value: T | None) -> T:
        """Return what has been built.

        Raises:
            SceneFileError: With all faults, if there is one.
        """
        if self._faults or value is None:
            raise SceneFileError(*self._faults)
        return value

    def _inner(self, value: Any, key: str) -> "Fields":  # noqa: ANN401
        return Fields(value, self._where, f"{self._path}.{key}".lstrip("."), self._faults)
