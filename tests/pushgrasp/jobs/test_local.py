"""Jobs in processes that fail, are killed, or are told to end."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from small_work import open_by_one, open_forgetful, open_naps, open_nothing, square_job

from pushgrasp.jobs import local, run
from pushgrasp.jobs.job import Done, Job, Message, Take, code_digest
from pushgrasp.jobs.local import LocalCrew, Process
from pushgrasp.jobs.run import work_on
from pushgrasp.jobs.worker import end_with_parent
from pushgrasp.program import UserError

Squares = dict[int, int]


@pytest.fixture
def do(tmp_path: Path) -> Callable[..., tuple[Squares, list[str]]]:
    """Do a job with some processes; the results and what was told of lost workers."""

    def all_of(job: Job, size: int = 2, results: Squares | None = None) -> tuple[Squares, list[str]]:
        found, told = {} if results is None else results, []
        with LocalCrew(size, tmp_path) as crew:
            for finished in work_on(job, crew, told.append):
                assert finished.number not in found
                found[finished.number] = finished.result
        assert multiprocessing.active_children() == []
        return found, told

    return all_of


def test_processes_share_the_units(do: Callable) -> None:
    found, told = do(square_job(20, at_once=3))
    assert found == {number: number**2 for number in range(20)}
    assert told == []


def test_a_worker_asks_again_when_it_has_half_of_its_units_left(tmp_path: Path) -> None:
    job = square_job(0)
    process = Process(pickle.dumps(job), code_digest(job), "", tmp_path / "log")
    assert process.hear() == [Take(begins=True)]
    for numbers, expected in (([3, 4, 5, 7, 8], [3, 4, "asks", 5, 7, 8]), ([6], [6, "asks"])):
        process.tell(numbers)
        messages: list[Message] = []
        while len(messages) < len(expected):
            messages += process.hear()
        assert [message.number if isinstance(message, Done) else "asks" for message in messages] == expected
        assert [pickle.loads(message.result) for message in messages if isinstance(message, Done)] == [
            number**2 for number in numbers
        ]
    process.dismiss()
    process.end()


def test_workers_that_are_killed_or_fail_are_replaced_and_nothing_is_lost(do: Callable, tmp_path: Path) -> None:
    found, told = do(square_job(20, at_once=4, deadly=[3, 17], wrong=[9], once=tmp_path))
    assert found == {number: number**2 for number in range(20)}
    assert len(told) == 3
    assert sum("killed by SIGKILL (see " in text for text in told) == 2
    assert sum("RuntimeError: no square of 9" in text for text in told) == 1


def test_a_unit_that_always_fails_is_named_when_all_others_are_done(do: Callable) -> None:
    found: Squares = {}
    with pytest.raises(UserError, match=r"^squares: number 5 failed 3 times, at last with .*: no square of 5$"):
        do(square_job(12, at_once=4, wrong=[5]), results=found)
    assert found == {number: number**2 for number in range(12) if number != 5}


def test_a_full_disk_of_a_worker_is_named_with_the_unit_and_takes_nothing_with_it(do: Callable) -> None:
    found: Squares = {}
    message = r"^squares: number 5 failed 3 times, at last with process \d: OSError: \[Errno 27\] File too large$"
    with pytest.raises(UserError, match=message):
        do(square_job(12, at_once=4, full=[5]), results=found)
    assert found == {number: number**2 for number in range(12) if number != 5}


def test_a_worker_that_cannot_write_its_log_names_it(tmp_path: Path) -> None:
    message = rf"^squares: process 0: \[Errno 2\] cannot write {tmp_path}/absent/process_0.log: No such file"
    with pytest.raises(UserError, match=message), LocalCrew(1, tmp_path / "absent") as crew:
        list(work_on(square_job(2), crew))


def test_a_unit_that_is_never_given_back_counts_as_failed(do: Callable) -> None:
    with pytest.raises(UserError, match=r"number 0 failed 3 times, at last with process 0: no result; .* like it: 1$"):
        do(Job("squares", "number", (0, 1), open_forgetful), 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no such thing", r"^squares: process \d: no such thing$"),
        (None, r"^squares: 3 workers ended before they began; process \d: killed by SIGKILL \(see .*\)$"),
    ],
)
def test_workers_that_cannot_begin_end_the_job(do: Callable, text: str | None, message: str) -> None:
    with pytest.raises(UserError, match=message):
        do(Job("squares", "number", (0, 1), partial(open_nothing, text)))


def test_workers_that_cannot_begin_are_replaced_while_another_gets_on(do: Callable, tmp_path: Path) -> None:
    found, _ = do(Job("squares", "number", tuple(range(7)), partial(open_by_one, tmp_path)))
    assert found == {number: number**2 for number in range(7)}
    assert len(list((tmp_path / "killed").iterdir())) >= 4  # three would end the job if no other got on


def test_other_source_files_are_refused(do: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "code_digest", lambda job: "of another version")
    with pytest.raises(UserError, match="the source files differ from those that the job was begun with"):
        do(square_job(2))


def test_an_interruption_ends_all_processes_and_keeps_what_is_done(
    do: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        if (tmp_path / "asleep").exists() and len(found) == 3:
            raise KeyboardInterrupt

    found: Squares = {}
    monkeypatch.setattr(local, "PATIENCE", 0.1)
    monkeypatch.setattr("pushgrasp.jobs.run.check_interruption", interrupt)
    with pytest.raises(KeyboardInterrupt):
        do(Job("squares", "number", (0, 1, 2, 3), partial(open_naps, tmp_path)), results=found)
    assert found == {0: 0, 1: 1, 3: 9}


def start_and_die(end: Connection) -> None:
    """Start a process that would live long, say which, and be killed."""

    def live() -> None:
        end_with_parent()
        time.sleep(600.0)

    process = multiprocessing.get_context("fork").Process(target=live)
    process.start()
    end.send(process.pid)
    os.kill(os.getpid(), signal.SIGKILL)


def test_processes_end_with_the_one_that_started_them() -> None:
    context = multiprocessing.get_context("fork")
    ear, mouth = context.Pipe(duplex=False)
    parent = context.Process(target=start_and_die, args=(mouth,))
    parent.start()
    child = ear.recv()
    parent.join()
    end = time.monotonic() + 60.0
    while Path(f"/proc/{child}").exists() and state(child) != "Z" and time.monotonic() < end:
        time.sleep(0.05)
    assert not Path(f"/proc/{child}").exists() or state(child) == "Z"


def state(process: int) -> str:
    """Letter for what a process does; Z where it has ended and nobody has asked yet."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def test_processes_do_not_hear_the_terminals_interruption() -> None:
    script = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    with local._withheld(signal.SIGINT):
        heard = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert heard.stdout == "True\n"
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
