"""Simulated time that keeps to the clock on the wall."""

from __future__ import annotations

import time

LAG = 0.1
"""What is further behind the clock than this does not hurry to catch up [s]."""


class Pace:
    """Waits where the simulation is ahead of the clock."""

    def __init__(self) -> None:
        self._due = 0.0

    def begin(self) -> None:
        """Begin now."""
        self._due = time.monotonic()

    def wait(self, duration: float) -> None:
        """Wait until ``duration`` [s] after the last wait should have ended."""
        now = time.monotonic()
        self._due = max(self._due + duration, now - LAG)
        if self._due > now:
            time.sleep(self._due - now)
