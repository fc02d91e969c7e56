"""Units that take no time and no simulator."""

from __future__ import annotations

import itertools
import os
import resource
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pushgrasp.jobs.job import Job, Work
from pushgrasp.program import UserError


def square_job(count: int, **how: object) -> Job:
    """Squares of numbers; see :func:`open_squares`."""
    return Job("squares", "number", tuple(range(count)), partial(open_squares, **how))


@contextmanager
def open_squares(
    at_once: int = 1,
    deadly: Sequence[int] = (),
    wrong: Sequence[int] = (),
    full: Sequence[int] = (),
    once: Path | None = None,
) -> Iterator[Work]:
    """Square numbers.

    Args:
        at_once: Numbers that are held at a time.
        deadly: Numbers that kill the process that holds them.
        wrong: Numbers that raise an error.
        full: Numbers for which the worker finds its disk full.
        once: Folder that remembers which numbers have done so, which they then do not do again.
    """

    def happens(number: int, numbers: Sequence[int]) -> bool:
        if number not in numbers:
            return False
        if once is None:
            return True
        seen = once / str(number)
        there = seen.exists()
        seen.touch()
        return not there

    def work(numbers: Iterator[int]) -> Iterator[tuple[int, int]]:
        while held := list(itertools.islice(numbers, at_once)):
            for number in held:
                if happens(number, deadly):
                    os.kill(os.getpid(), signal.SIGKILL)
                if happens(number, wrong):
                    raise RuntimeError(f"no square of {number}")
                if happens(number, full):
                    fill_disk()
            yield from ((number, number**2) for number in held)

    yield work


def fill_disk() -> None:
    """Let this process write no file any more, nor what it prints, and try to write one."""
    with tempfile.TemporaryFile() as file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        file.write(bytes(100_000))


@contextmanager
def open_nothing(text: str | None) -> Iterator[Work]:
    """Refuse the job with a text, or be killed before it begins."""
    if text is not None:
        raise UserError(text)
    os.kill(os.getpid(), signal.SIGKILL)
    yield lambda numbers: iter(())


@contextmanager
def open_naps(folder: Path) -> Iterator[Work]:
    """Give the first two numbers at once and sleep over the third, deaf to SIGTERM."""

    def work(numbers: Iterator[int]) -> Iterator[tuple[int, int]]:
        for number in numbers:
            if number == 2:
                (folder / "asleep").write_text(str(os.getpid()))
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                time.sleep(600.0)
            yield number, number**2

    yield work


@contextmanager
def open_forgetful() -> Iterator[Work]:
    """Take numbers and give nothing back."""

    def work(numbers: Iterator[int]) -> Iterator[tuple[int, int]]:
        list(numbers)
        yield from ()

    yield work


@contextmanager
def open_by_one(folder: Path) -> Iterator[Work]:
    """Work in one process, in which number n waits until n others, up to four, have been killed at their start."""
    killed = folder / "killed"
    try:
        killed.mkdir()
    except FileExistsError:
        (killed / str(os.getpid())).touch()
        os.kill(os.getpid(), signal.SIGKILL)

    def work(numbers: Iterator[int]) -> Iterator[tuple[int, int]]:
        for number in numbers:
            while len(list(killed.iterdir())) < min(number, 4):
                time.sleep(0.02)
            yield number, number**2

    yield work
