"""Files that are either complete or not there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def atomic_write(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file so that a crash at any moment leaves the old file or the new one, never a part.

    The content goes to a temporary file in the same folder, is flushed to the disk and then renamed.

    Args:
        path: File to create or replace; its folder must exist.
        write: Receives the open binary file and writes the content; what it returns is not used.

    Raises:
        OSError: When the folder is missing, not writable or full; the old file is then untouched.
    """
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        _apply_umask(temporary)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def atomic_link(source: Path, target: Path) -> None:
    """Make ``target`` hold what ``source`` holds now: a hard link where the disk has them, else a copy.

    A link is safe because files written by :func:`atomic_write` are replaced, never changed.
    """
    temporary = target.with_name(f".{target.name}.link.tmp")
    temporary.unlink(missing_ok=True)
    try:
        os.link(source, temporary)
    except OSError:
        atomic_write(target, lambda file: _copy(source, file))
        return
    os.replace(temporary, target)
    _sync_folder(target.parent)


def _copy(source: Path, file: BinaryIO) -> None:
    """Append a file's content to an open file."""
    with source.open("rb") as content:
        while block := content.read(1 << 20):
            file.write(block)


def _apply_umask(path: str) -> None:
    """Give a temporary file (mode 0600) the mode that an ordinary new file would have."""
    umask = os.umask(0)
    os.umask(umask)
    os.chmod(path, 0o666 & ~umask)


def _sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, so that the rename survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
