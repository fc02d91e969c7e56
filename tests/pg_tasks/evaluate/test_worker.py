"""How trials are shared out, and what identifies a run."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
from io import StringIO
from pathlib import Path

from pg_tasks.evaluate.configuration import _command
from pg_tasks.evaluate.trial_status import TrialStatus
from pg_tasks.evaluate.worker import SharedNumbers
from pushgrasp.console import Console
from pushgrasp.evaluation.protocols import protocol_named


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


def test_the_command_of_a_row_repeats_its_protocol_alone() -> None:
    from types import SimpleNamespace

    words = ["--policy", "random", "--all", "--quick", "--protocol", "P1", "--seed=3", "physics=mujoco"]
    args = SimpleNamespace(trials=8, seed=3)
    assert _command(words, protocol_named("P3/drop15"), args) == (
        ["--protocol", "P3/drop15", "--trials", "8", "--seed", "3", "--policy", "random", "physics=mujoco"]
    )


def test_progress_says_how_long_it_takes() -> None:
    console = Console(file=StringIO(), width=100)
    with TrialStatus(console, "P1/case1", 4) as progress:
        assert progress.remaining(0, 5.0) == "starting"
        # two of four took 10 s: the others will, too
        assert progress.remaining(2, 10.0) == "ETA 0:00:10"
        progress.update(4)
    assert console.file.getvalue().splitlines()[0] == "P1/case1: 0 of 4 trials, starting"
    assert console.file.getvalue().splitlines()[-1].startswith("P1/case1: 4 of 4 trials")
