"""Files that are either complete or not there."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

_TEMPORARY = re.compile(r"\..+\.([a-z0-9_]{8}|link)\.tmp(\.\w+)?")
_unfinished: set[Path] = set()
_tidied: set[Path] = set()


def atomic_write(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file so that a crash at any moment leaves the old file or the new one, never a part.

    Args:
        path: File to create or replace; its folder must exist.
        write: Receives the open binary file and writes the content; what it returns is not used.

    Raises:
        OSError: When the folder is missing, not writable or full, naming the file; the old one is then untouched.
    """
    with atomic_file(path) as temporary, naming(path), temporary.open("wb") as opened:
        file = _Watched(opened)
        try:
            write(cast("BinaryIO", file))
            opened.flush()
        except Exception:
            if file.error is None:
                raise
            raise file.error from None


@contextlib.contextmanager
def atomic_file(path: Path, ending: str = "") -> Iterator[Path]:
    """Give a temporary file in the same folder; when the block ends it is flushed to the disk and renamed.

    After an error in the block it is deleted. A lock is held on it, so that others can tell that it is still written.

    Args:
        path: File to create or replace; its folder must exist.
        ending: How the temporary file's name has to end, such as ".mp4" for a program that goes by it.

    Raises:
        OSError: As :func:`atomic_write`.
    """
    with _temporary(path, ending) as (handle, temporary):
        yield temporary
        with naming(path):
            os.fsync(handle)
            os.fchmod(handle, 0o666 & ~_umask())
            os.replace(temporary, path)
            _sync_folder(path.parent)


def atomic_link(source: Path, target: Path) -> None:
    """Make ``target`` hold what ``source`` holds now: a hard link where the disk has them, else a copy.

    A link is safe because files written by :func:`atomic_write` are replaced, never changed.
    """
    temporary = target.with_name(f".{target.name}.link.tmp")
    temporary.unlink(missing_ok=True)
    try:
        os.link(source, temporary)
        os.replace(temporary, target)
    except OSError:
        atomic_write(target, lambda file: _copy(source, file))
        return
    _sync_folder(target.parent)


def discard_unfinished() -> None:
    """Delete the temporary files that this process is writing, before it ends at once."""
    for file in tuple(_unfinished):
        file.unlink(missing_ok=True)


def discard_abandoned(folder: Path) -> None:
    """Delete the temporary files of processes that were killed while they wrote; those still written are locked."""
    for file in folder.glob(".*.tmp*"):
        with contextlib.suppress(OSError):
            if _TEMPORARY.fullmatch(file.name) and not file.is_symlink():
                _delete_unlocked(file)


def _delete_unlocked(file: Path) -> None:
    """Delete a file; raise OSError when a process holds a lock on it."""
    with file.open("r+b") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.unlink()


@contextlib.contextmanager
def _temporary(path: Path, ending: str) -> Iterator[tuple[int, Path]]:
    """Give a locked temporary file beside ``path``, which is deleted unless it has been renamed."""
    if path.parent not in _tidied:
        discard_abandoned(path.parent)
        _tidied.add(path.parent)
    with naming(path):
        handle, temporary = _locked(path, ending)
    _unfinished.add(temporary)
    try:
        yield handle, temporary
    finally:
        temporary.unlink(missing_ok=True)
        _unfinished.discard(temporary)
        os.close(handle)


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let errors of the operating system name the file that could not be written."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        reason = f"the disk is full ({error.strerror})" if error.errno == errno.ENOSPC else error.strerror
        raise type(error)(error.errno, f"cannot write {path}: {reason}") from error


def _locked(path: Path, ending: str) -> tuple[int, Path]:
    """Return a new temporary file that nobody has taken for an abandoned one before it was locked."""
    while True:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=f".tmp{ending}", dir=path.parent)
        with contextlib.suppress(OSError):  # a file system without locks: nobody can lock there, nor delete
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle, Path(name)
        os.close(handle)


class _Watched:
    """An open file that remembers why writing failed: PyTorch's writer reports something else."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, content: Any) -> int:  # noqa: ANN401 - any buffer
        try:
            return self._file.write(content)
        except OSError as error:
            self.error = error
            raise

    def fileno(self) -> int:
        raise io.UnsupportedOperation("everything goes through write()")

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the file has
        return getattr(self._file, name)


def _copy(source: Path, file: BinaryIO) -> None:
    """Append a file's content to an open file."""
    with source.open("rb") as content:
        while block := content.read(1 << 20):
            file.write(block)


def _umask() -> int:
    """Return what an ordinary new file's mode leaves out (a temporary file has 0600)."""
    umask = os.umask(0)
    os.umask(umask)
    return umask


def _sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, so that the rename survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
