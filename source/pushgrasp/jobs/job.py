"""A job: numbered units of work, of which each comes out the same whoever does it, when, and beside which others."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Work = Callable[[Iterator[int]], Iterator[tuple[int, Any]]]
"""Takes numbers of units from an iterator, as many ahead as it does at once, and gives each with its result.

Results are plain data that can be pickled. Workers call it again and again."""


@dataclass(frozen=True)
class Job:
    """Units of work that are left to do; travels to the workers as a pickle."""

    name: str
    """What it is called in messages."""
    unit: str
    """What one of its units is called, such as ``trial``."""
    numbers: tuple[int, ...]
    """Units to do, in the order in which they are handed out."""
    open: Callable[[], AbstractContextManager[Work]]
    """Builds, once in each worker, what does the work, such as a simulator. Raises what refuses the whole job, such as
    files that are not those that the job was made from. A function of a module, or a ``functools.partial`` of one."""
    batch: int = 1
    """Units handed out at a time, at most: more than one only pays for units of a few milliseconds."""
    needs_all: bool = False
    """Whether a unit that cannot be done ends the job at once: the others are worth nothing without it."""


@dataclass(frozen=True)
class Finished:
    """A unit that is done."""

    number: int
    result: Any
    node: str
    """Machine that did it; empty for this one."""


@dataclass(frozen=True)
class Take:
    """A worker asks for numbers."""

    begins: bool
    """Whether it holds none; while it holds some, it is told at once that there are no more for now."""


@dataclass(frozen=True)
class Done:
    """A worker has done a unit."""

    number: int
    result: bytes
    """A pickle: who only passes it on does without the packages that it takes to read."""


@dataclass(frozen=True)
class Failed:
    """A worker ends because of an error."""

    reason: str
    began: bool
    """Whether it had taken a unit: if not, no worker will get further."""


@dataclass(frozen=True)
class Lost:
    """A worker is gone: the last that is heard of it."""

    reason: str


Message = Take | Done | Failed | Lost


def code_digest(job: Job) -> str:
    """Return the SHA-256 of this package's source files and of those of the package that ``job.open`` is from."""
    opens = getattr(job.open, "func", job.open).__module__.partition(".")[0]
    files = dict(file for name in (__name__.partition(".")[0], opens) for file in _source_files(name))
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0".encode() + files[name].read_bytes())
    return digest.hexdigest()


def _source_files(module: str) -> list[tuple[str, Path]]:
    """Source files of a package, or the one of a module that is none, by their names within it."""
    path = Path(sys.modules[module].__file__ or "")
    if path.name != "__init__.py":
        return [(path.name, path)]
    return [(f"{module}/{file.relative_to(path.parent)}", file) for file in path.parent.rglob("*.py")]
