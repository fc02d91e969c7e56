"""Lines that are appended to files: all of each or nothing that is read."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pushgrasp.files.lines import append_line, whole_lines


@contextmanager
def files_at_most(length: int) -> Iterator[None]:
    """Let files grow no longer; what is written beyond fails in the middle, as on a disk that is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("length", [10, 100_000])
def test_a_line_that_does_not_fit_leaves_the_others_and_is_written_when_there_is_room(
    tmp_path: Path, length: int
) -> None:
    path, long = tmp_path / "lines", "b" * length
    append_line(path, "a")
    with files_at_most(7), pytest.raises(OSError, match=f"cannot write {path}: File too large"):
        append_line(path, long)
    assert path.read_bytes() == b"a\nbbbbb"  # cut off
    assert whole_lines(path) == ["a"]
    append_line(path, "é")
    append_line(path, long)
    assert whole_lines(path) == ["a", "é", long]


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.symlink_to("/dev/full")
    with pytest.raises(OSError, match=f"cannot write {path}: the disk is full") as error:
        append_line(path, "a")
    assert error.value.errno == errno.ENOSPC


def test_a_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"cannot write .*absent/lines: No such file or directory"):
        append_line(tmp_path / "absent" / "lines", "a")
    assert whole_lines(tmp_path / "absent" / "lines") == []
    assert os.listdir(tmp_path) == []
