"""The process that does units of a job, and the one thread that ends it when nobody is there to hear of them."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from pushgrasp.files.atomic import naming
from pushgrasp.program import UserError

from .job import Done, Failed, Job, Message, Take, code_digest

GATHERING = 0.1
"""Time for which results of units that come in batches are kept back, so that a message brings several [s]."""


def serve(pickled: bytes, code: str, line: Connection, log: Path) -> None:
    """Do units of a job until the other end of ``line`` is closed; what is printed, by imports too, goes to ``log``.

    Refuses to work with other source files than those of the digest ``code``.
    """
    end_with_parent()
    sys.argv = sys.argv[:1]  # simulators look at the command line
    talk, began = _Talk(line), False
    try:
        _print_to(log)
    except OSError as error:
        talk.say(Failed(str(error), began))
        return
    try:
        job: Job = pickle.loads(pickled)
        if code_digest(job) != code:
            raise UserError("the source files differ from those that the job was begun with")
        talk.gathering = GATHERING if job.batch > 1 else 0.0
        with job.open() as work:
            for numbers in _rounds(talk):
                began = True
                for number, result in work(numbers):
                    talk.report(number, result)
    except (Exception, SystemExit) as error:
        talk.say(Failed(_reason(error, log), began))


class _Talk:
    """The worker's end of the line, through which messages go as lists."""

    def __init__(self, line: Connection) -> None:
        self._line, self._kept, self._sent = line, list[Message](), 0.0
        self.gathering = 0.0
        """Time for which results are kept back [s]."""

    def report(self, number: int, result: object) -> None:
        """Tell the result of a unit, at once or with those that follow."""
        self._kept.append(Done(number, pickle.dumps(result)))
        if time.monotonic() >= self._sent + self.gathering:
            self.say()

    def say(self, *messages: Message) -> None:
        """Send what was kept back, and messages."""
        self._line.send([*self._kept, *messages])
        self._kept, self._sent = [], time.monotonic()

    def hear(self) -> list[int]:
        """Wait for numbers."""
        return self._line.recv()


def _print_to(log: Path) -> None:
    with naming(log), log.open("a", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def _rounds(talk: _Talk) -> Iterator[Iterator[int]]:
    """Give numbers in rounds; at the end of each the worker holds none."""
    while True:
        talk.say(Take(begins=True))
        try:
            numbers = talk.hear()
        except EOFError:
            return
        yield _round(talk, numbers)


def _round(talk: _Talk, numbers: list[int]) -> Iterator[int]:
    """Give numbers, and ask for more when half of them are left: the answer comes while it does these."""
    while numbers:
        half = len(numbers) // 2
        yield from numbers[:half]
        if half:
            talk.say(Take(begins=False))
        yield from numbers[half:]
        if not half:
            talk.say(Take(begins=False))
        numbers = talk.hear()


def _reason(error: BaseException, log: Path) -> str:
    """Return an error as a line, and leave its trace in the log, where readable errors of scripts are."""
    lines: list[str] = []
    with suppress(OSError):  # where the disk is full
        traceback.print_exc()
        sys.stderr.flush()
        lines += [line for line in log.read_text(errors="replace").splitlines() if line.startswith("error: ")]
    if isinstance(error, SystemExit) and lines:
        return lines[-1].removeprefix("error: ")
    return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"


def end_with_parent() -> None:
    """End this process when the one that started it does, however that ends."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
