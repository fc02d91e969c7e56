"""The process that does units of a job, and the one thread that ends it when nobody is there to hear of them."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from pushgrasp.files.atomic import naming
from pushgrasp.program import UserError

from .job import Done, Failed, Job, Take, code_digest


def serve(pickled: bytes, code: str, line: Connection, log: Path) -> None:
    """Do units of a job until the other end of ``line`` is closed; what is printed, by imports too, goes to ``log``.

    Refuses to work with other source files than those of the digest ``code``.
    """
    end_with_parent()
    sys.argv = sys.argv[:1]  # simulators look at the command line
    try:
        _print_to(log)
    except OSError as error:
        line.send(Failed(str(error), began=False))
        return
    began = False
    try:
        job: Job = pickle.loads(pickled)
        if code_digest(job) != code:
            raise UserError("the source files differ from those that the job was begun with")
        with job.open() as work:
            for numbers in _rounds(line):
                began = True
                for number, result in work(numbers):
                    line.send(Done(number, pickle.dumps(result)))
    except (Exception, SystemExit) as error:
        line.send(Failed(_reason(error, log), began))


def _print_to(log: Path) -> None:
    with naming(log), log.open("a", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def _rounds(line: Connection) -> Iterator[Iterator[int]]:
    """Give numbers in rounds; at the end of each the worker holds none."""
    while True:
        line.send(Take(begins=True))
        try:
            numbers = line.recv()
        except EOFError:
            return
        yield _round(line, numbers)


def _round(line: Connection, numbers: list[int]) -> Iterator[int]:
    while numbers:
        *before, last = numbers
        yield from before
        if before:
            line.send(Take(begins=False))  # the answer comes while it does the last
        yield last
        if not before:
            line.send(Take(begins=False))
        numbers = line.recv()


def _reason(error: BaseException, log: Path) -> str:
    """Return an error as a line, and leave its trace in the log, where readable errors of scripts are."""
    with suppress(OSError):  # where the disk is full
        traceback.print_exc()
        sys.stderr.flush()
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("error: ")]
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
