"""Workers that are processes of this machine."""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import connection, resource_tracker
from pathlib import Path
from types import TracebackType

from .job import Done, Lost, Message
from .worker import serve

POLL = 0.5
"""Time after which a caller who listens is answered even if nobody has spoken [s]."""

PATIENCE = 2.0
"""Time that processes have to end when they are told to [s]."""

AT_ONCE = 100
"""Messages of a worker that are taken at a time, at most."""


class Process:
    """A worker in a process of its own.

    It does not hear Ctrl-C, which a terminal sends to all processes: who started it tells it when to end.
    """

    node = ""
    """Machine; empty for this one."""

    def __init__(self, pickled: bytes, code: str, name: str, log: Path) -> None:
        """Start it.

        Args:
            pickled: The job.
            code: Digest of the source files that it has to find.
            name: What messages call it.
            log: File for what it prints.
        """
        self.name = name
        context = multiprocessing.get_context("spawn")
        self.line, other = context.Pipe()
        self._log = log
        self._process = context.Process(target=serve, args=(pickled, code, other, log), daemon=True)
        resource_tracker.ensure_running()  # it would let the signal through again
        with _withheld(signal.SIGINT):
            self._process.start()
        other.close()  # else nobody would notice that the process is gone

    def tell(self, numbers: list[int]) -> None:
        """Answer a request for numbers."""
        with suppress(OSError):  # it is gone, which will be heard of
            self.line.send(numbers)

    def hear(self, patience: float = 0.0) -> list[Message]:
        """Wait for what it says next, and for results that follow within ``patience`` seconds."""
        messages: list[Message] = []
        try:
            messages += self.line.recv()
            end = time.monotonic() + patience
            while isinstance(messages[-1], Done) and len(messages) < AT_ONCE and self._speaks_until(end):
                messages += self.line.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            self.end()
            messages.append(Lost(f"{self._ending()} (see {self._log})"))
        return messages

    def _speaks_until(self, end: float) -> bool:
        return self.line.poll(max(0.0, end - time.monotonic()))

    def dismiss(self) -> None:
        """Let it end by itself when it has done what it does."""
        self.line.close()

    def end(self, patience: float = PATIENCE) -> None:
        """End it: by itself within ``patience`` seconds, else as it comes."""
        self._process.join(patience)
        self._process.terminate()
        self._process.join(patience)
        self._process.kill()
        self._process.join()

    def _ending(self) -> str:
        code = self._process.exitcode
        return f"killed by {signal.Signals(-code).name}" if code is not None and code < 0 else f"ended early: {code}"


class LocalCrew:
    """Processes of this machine; ends them when its block ends, however that ends."""

    def __init__(self, size: int, logs: Path) -> None:
        """Work with up to ``size`` processes, which print to files in the folder ``logs``."""
        self.size, self._logs = size, logs
        self.workers: list[Process] = []
        self._started = 0

    def __enter__(self) -> LocalCrew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers:
            worker.dismiss()
        end = time.monotonic() + (PATIENCE if error is None else 0.0)
        for worker in self.workers:
            worker.end(max(0.0, end - time.monotonic()))

    def start(self, pickled: bytes, code: str) -> None:
        """Start one more; see :class:`Process`."""
        index, self._started = self._started % self.size, self._started + 1
        log = self._logs / f"process_{index}.log"
        self.workers.append(Process(pickled, code, f"process {self._started - 1}", log))

    def tell(self, worker: Process, numbers: list[int]) -> None:
        """Answer a worker's request for numbers."""
        worker.tell(numbers)

    def listen(self) -> Iterator[tuple[Process, Message]]:
        """Give what the workers say now; of one that is gone, that it is."""
        ready = connection.wait([worker.line for worker in self.workers], POLL)
        for worker in [worker for worker in self.workers if worker.line in ready]:
            for message in worker.hear():
                if isinstance(message, Lost):
                    self.workers.remove(worker)
                yield worker, message


@contextmanager
def _withheld(number: signal.Signals) -> Iterator[None]:
    """Keep a signal waiting; processes that are started meanwhile never get it."""
    former = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)
