"""Files of lines that several processes append to and that a kill or a full disk at any moment leaves readable."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from pushgrasp.files.atomic import naming
from pushgrasp.files.text_files import decoded


def append_line(path: Path, line: str) -> None:
    """Append a line and flush it to the disk; one that was cut off before is removed.

    Raises:
        OSError: When the file cannot be written, naming it; what has come of the line then counts as cut off.
    """
    with naming(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            _drop_half_line(descriptor)
            with os.fdopen(os.dup(descriptor), "ab") as file:
                file.write(f"{line}\n".encode())
                file.flush()
                os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _drop_half_line(descriptor: int) -> None:
    """Cut what follows the last line break."""
    size = os.fstat(descriptor).st_size
    if size == 0 or os.pread(descriptor, 1, size - 1) == b"\n":
        return
    os.ftruncate(descriptor, os.pread(descriptor, size, 0).rfind(b"\n") + 1)


def whole_lines(path: Path) -> list[str]:
    """Return the lines of a file without their line breaks, but for a last one that was cut off; none if it is missing.

    Raises:
        FileError: If it is no text; the message names file and line.
    """
    if not path.is_file():
        return []
    content = path.read_bytes()
    return decoded(content[: content.rfind(b"\n") + 1], str(path)).split("\n")[:-1]
