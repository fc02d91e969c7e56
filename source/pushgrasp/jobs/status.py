"""How far a job is, and how long it will take."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from types import TracebackType

from rich.status import Status

from pushgrasp.console import Console

INTERVAL = 20.0
"""Time between two lines where the output is no terminal [s]."""


class JobStatus:
    """A line that changes on a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console, name: str, total: int, what: str) -> None:
        """Show ``name`` and how many of ``total`` are done of ``what``, such as trials."""
        self._console, self._name, self._total, self._what = console, name, total, what
        self._begin = self._told = time.monotonic()
        self._status: Status | None = console.status("") if console.is_screen else None
        self._of_nodes: Counter[str] = Counter()

    def __enter__(self) -> JobStatus:
        if self._status is not None:
            self._status.start()
        self.add(0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def add(self, count: int = 1, node: str = "") -> None:
        """Tell that ``count`` more are done, on the machine ``node``; empty for this one."""
        self._of_nodes[node] += count
        now, done = time.monotonic(), self._of_nodes.total()
        text = f"{self._name}: {done} of {self._total} {self._what}, {self.remaining(done, now - self._begin)}"
        text += self._rates(now - self._begin)
        if self._status is not None:
            self._status.update(text)
        elif now - self._told > INTERVAL or done == 0 or done >= self._total:
            self._told = now
            self._console.print(text)

    def remaining(self, done: int, elapsed: float) -> str:
        """Return the expected time until the end, from ``elapsed`` seconds so far."""
        if done == 0:
            return "starting"
        return f"ETA {timedelta(seconds=round(elapsed / done * max(self._total - done, 0)))}"

    def _rates(self, elapsed: float) -> str:
        """What each node does a minute; nothing on one machine."""
        rates = [f"{node} {60.0 * count / max(elapsed, 1e-3):.1f}" for node, count in self._of_nodes.items() if node]
        return f"; a minute: {', '.join(rates)}" if rates else ""
