"""How numbers are shared out by processes that have no job."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
from pathlib import Path

from pg_tasks.evaluate.worker import SharedNumbers


def take_and_die(counter: Path) -> None:
    """Take a number and be killed with the lock in one's hands."""
    numbers = SharedNumbers((4, 7, 9), counter)
    next(iter(numbers))
    with counter.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        os.kill(os.getpid(), signal.SIGKILL)


def test_each_number_goes_to_one_process(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.touch()
    first, second = (iter(SharedNumbers((4, 7, 9), counter)) for _ in range(2))
    assert [next(first), next(second), next(first)] == [4, 7, 9]
    assert list(first) == list(second) == []


def test_a_process_that_is_killed_does_not_keep_the_others_from_their_numbers(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.touch()
    process = multiprocessing.get_context("fork").Process(target=take_and_die, args=(counter,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert list(SharedNumbers((4, 7, 9), counter)) == [7, 9]
