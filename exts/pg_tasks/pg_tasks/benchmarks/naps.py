"""Trivial units of work, in a module of their own so that the processes that do them start quickly."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from pushgrasp.jobs.job import Work

RECORD = 10_000
"""Length of a trivial unit's result [bytes], that of the record of a trial."""


@contextmanager
def open_naps(seconds: float) -> Iterator[Work]:
    """Give what sleeps, and tells which process did so, when it began and ended, and something as long as a record."""

    def work(numbers: Iterator[int]) -> Iterator[tuple[int, tuple[int, float, float, bytes]]]:
        for number in numbers:
            begin = time.monotonic()
            time.sleep(seconds)
            content = os.urandom(RECORD)
            yield number, (os.getpid(), begin, time.monotonic(), content)

    yield work
