"""Runs a job: hands out its units, replaces workers that are lost, and gives the results as they come."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Protocol

from pushgrasp.interrupt import check_interruption
from pushgrasp.program import UserError

from .job import Done, Failed, Finished, Job, Lost, Message, Take, code_digest
from .ledger import TRIES, Ledger


class Worker(Protocol):
    """One who does units."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    @property
    def node(self) -> str:
        """Machine that it works on; empty for this one."""
        ...


class Crew(Protocol):
    """Workers of a job, which end with its ``with`` block."""

    @property
    def size(self) -> int:
        """How many there shall be."""
        ...

    @property
    def workers(self) -> Sequence[Worker]:
        """Those that there are."""
        ...

    def __enter__(self) -> Crew: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    def start(self, pickled: bytes, code: str) -> None:
        """Start one more for a job, which has to find the source files of a digest."""
        ...

    def tell(self, worker: Any, numbers: list[int]) -> None:  # noqa: ANN401 - one of its own
        """Answer a worker's request for numbers."""
        ...

    def listen(self) -> Iterator[tuple[Worker, Message]]:
        """Give what the workers say now, after a moment if nobody speaks; of one that is gone, that it is."""
        ...


def work_on(job: Job, crew: Crew, tell: Callable[[str], None] = lambda text: None) -> Iterator[Finished]:
    """Do the units of a job and give them as they are done, in any order.

    A worker that is lost is replaced, and what it held is done again. Whoever stops taking results keeps those that
    were given; ``crew`` is entered before and left afterwards.

    Args:
        job: What to do.
        crew: Who does it.
        tell: Is told of workers that are lost.

    Raises:
        UserError: If no worker can begin; or, when all else is done, if units could not be done.
        Interrupted: If a signal has come.
    """
    foreman = _Foreman(job, crew, tell)
    pickled, code = pickle.dumps(replace(job, numbers=())), code_digest(job)
    while foreman.ledger.left and not (job.needs_all and foreman.ledger.failed):
        check_interruption()
        while len(crew.workers) < min(crew.size, foreman.ledger.left):
            crew.start(pickled, code)
        for worker, message in crew.listen():
            yield from foreman.hear(worker, message)
        foreman.serve_waiting()
    if failed := foreman.ledger.failed:
        (number, reason), more = next(iter(failed.items())), len(failed) - 1
        others = f"; {job.unit}s that failed like it: {', '.join(map(str, list(failed)[1:]))}" if more else ""
        raise UserError(f"{job.name}: {job.unit} {number} failed {TRIES} times, at last with {reason}{others}")


class _Foreman:
    """Answers the workers of a job."""

    def __init__(self, job: Job, crew: Crew, tell: Callable[[str], None]) -> None:
        self.ledger = Ledger(job.numbers, job.batch, crew.size)
        self._job, self._crew, self._tell = job, crew, tell
        self._waiting: list[Worker] = []
        self._reasons: dict[Worker, str] = {}
        self._began: set[Worker] = set()
        self._false_starts = 0

    def hear(self, worker: Worker, message: Message) -> Iterator[Finished]:
        """Give the result that a message brings; answer it otherwise."""
        match message:
            case Done(number, result):
                self._false_starts = 0
                if self.ledger.finish(worker, number):
                    yield Finished(number, pickle.loads(result), worker.node)
            case Take(begins):
                self._begin(worker) if begins else self._crew.tell(worker, self.ledger.take(worker, False))
            case Failed(reason, began):
                if not began:
                    raise UserError(f"{self._job.name}: {worker.name}: {reason}")
                self._reasons[worker] = reason
            case Lost(reason):
                self._lose(worker, self._reasons.pop(worker, reason))

    def _begin(self, worker: Worker) -> None:
        """A worker holds nothing any more: what it did not give back counts as failed, then it gets the next."""
        self._began.add(worker)
        self._false_starts = 0
        self.ledger.lose(worker, f"{worker.name}: no result")
        self._waiting.append(worker)

    def serve_waiting(self) -> None:
        """Give workers that hold nothing something to do, if there is anything."""
        for worker in tuple(self._waiting):
            if numbers := self.ledger.take(worker, True):
                self._waiting.remove(worker)
                self._crew.tell(worker, numbers)

    def _lose(self, worker: Worker, reason: str) -> None:
        reason = f"{worker.name}: {reason}"
        self._waiting = [other for other in self._waiting if other is not worker]
        given_up = self.ledger.lose(worker, reason)
        self._false_starts += worker not in self._began
        self._began.discard(worker)
        if self._false_starts == TRIES:
            raise UserError(f"{self._job.name}: {TRIES} workers ended before they began; {reason}")
        names = f"; given up: {self._job.unit} {', '.join(map(str, given_up))}" if given_up else ""
        self._tell(f"{self._job.name}: lost {reason}{names}")
