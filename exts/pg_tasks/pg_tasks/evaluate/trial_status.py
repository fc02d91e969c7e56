"""How far an evaluation is, and how long it will take."""

from __future__ import annotations

import time
from datetime import timedelta
from types import TracebackType

from rich.status import Status

from pushgrasp.console import Console

INTERVAL = 20.0
"""Time between two lines where the output is no terminal [s]."""


class TrialStatus:
    """A line that changes on a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console, name: str, total: int) -> None:
        """Show ``name`` and how many of ``total`` trials are done."""
        self._console, self._name, self._total = console, name, total
        self._begin = self._told = time.monotonic()
        self._status: Status | None = console.status("") if console.is_screen else None
        self._done = -1

    def __enter__(self) -> TrialStatus:
        if self._status is not None:
            self._status.start()
        self.update(0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def update(self, done: int) -> None:
        """Tell that so many trials are done."""
        now = time.monotonic()
        text = f"{self._name}: {done} of {self._total} trials, {self.remaining(done, now - self._begin)}"
        if self._status is not None:
            self._status.update(text)
        elif done != self._done and (now - self._told > INTERVAL or done in (0, self._total)):
            self._told = now
            self._console.print(text)
        self._done = done

    def remaining(self, done: int, elapsed: float) -> str:
        """Return the expected time until the end, from ``elapsed`` seconds so far."""
        if done == 0:
            return "starting"
        return f"ETA {timedelta(seconds=round(elapsed / done * (self._total - done)))}"
