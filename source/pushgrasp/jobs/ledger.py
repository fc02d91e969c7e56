"""Which units of a job are in whose hands, how often each was tried, and what is left."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable, Sequence

TRIES = 3
"""How often a unit is begun before it counts as one that cannot be done."""


class Ledger:
    """Hands out the units of a job.

    A unit that a lost worker held is tried again. Workers hold several at once, and only one of them may be to blame:
    the last try of a unit is made by a worker that holds nothing else, so only the guilty one ends as failed.
    """

    def __init__(self, numbers: Sequence[int], batch: int, workers: int) -> None:
        """Hand out ``numbers``, up to ``batch`` at a time, less when few are left for so many ``workers``."""
        self._waiting, self._last_try = deque(numbers), deque[int]()
        self._batch, self._workers = batch, workers
        self._held: dict[Hashable, set[int]] = {}
        self._alone: set[Hashable] = set()
        self._tries: Counter[int] = Counter()
        self.left = len(self._waiting)
        """Units that are neither done nor given up."""
        self.failed: dict[int, str] = {}
        """Units that were given up, and why."""

    def take(self, worker: Hashable, begins: bool) -> list[int]:
        """Return numbers for a worker, none if it has to do with those that it holds or to wait for others' loss.

        Args:
            worker: Who asks.
            begins: Whether it holds nothing.
        """
        if worker in self._alone and not begins:
            return []
        self._alone.discard(worker)
        numbers = self._next()
        if not numbers and begins and self._last_try:
            numbers = [self._last_try.popleft()]
            self._alone.add(worker)
        self._held.setdefault(worker, set()).update(numbers)
        return numbers

    def _next(self) -> list[int]:
        count = max(1, min(self._batch, len(self._waiting) // (4 * self._workers)))
        return [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]

    def finish(self, worker: Hashable, number: int) -> bool:
        """Note that a worker has done a unit; return False if it did not hold it."""
        held = self._held.get(worker, set())
        if number not in held:
            return False
        held.remove(number)
        self.left -= 1
        return True

    def lose(self, worker: Hashable, reason: str) -> list[int]:
        """Take back what a worker holds, because of ``reason``; return the units that are given up for it."""
        given_up = []
        self._alone.discard(worker)
        for number in sorted(self._held.pop(worker, set())):
            self._tries[number] += 1
            if self._tries[number] == TRIES:
                given_up.append(number)
                self.left -= 1
                self.failed[number] = reason
            elif self._tries[number] == TRIES - 1:
                self._last_try.append(number)
            else:
                self._waiting.append(number)
        return given_up
