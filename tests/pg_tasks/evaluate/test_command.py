"""Evaluations whose processes end badly, and command lines that are refused before anything is written."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import StringIO
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from pg_tasks.evaluate import command
from pg_tasks.evaluate.worker import Job, end_with_parent
from pushgrasp.console import Console
from pushgrasp.evaluation.record_file import append_record, read_records
from pushgrasp.evaluation.records import TrialRecord
from pushgrasp.evaluation.runs import records_path
from pushgrasp.program import UserError
from pushgrasp.scenes.designs import designs
from pushgrasp.scenes.file import write_scene

Work = Callable[[Job, Path, Path, Connection], None]


@pytest.fixture
def evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Work], None]:
    """Share three trials among two processes that do something else than work."""
    fork = multiprocessing.get_context("fork")
    monkeypatch.setattr(multiprocessing, "get_context", lambda _: fork)
    monkeypatch.setattr(command, "POLL", 0.01)

    def run(work: Work) -> None:
        monkeypatch.setattr(command, "work", work)
        job = Job((), "P1/case1", tmp_path, (0, 1, 2), 0, 1, 0, {})
        command._evaluate(job, 2, Console(file=StringIO()))

    return run


def finish(job: Job, counter: Path, log: Path, mouth: Connection) -> None:
    for number in job.numbers:
        append_record(records_path(job.folder), TrialRecord(number, False, ()))


def die_without_a_word(job: Job, counter: Path, log: Path, mouth: Connection) -> None:
    os._exit(3)


def be_killed_after_a_trial(job: Job, counter: Path, log: Path, mouth: Connection) -> None:
    append_record(records_path(job.folder), TrialRecord(1, False, ()))
    os.kill(os.getpid(), signal.SIGKILL)


def be_killed_while_speaking(job: Job, counter: Path, log: Path, mouth: Connection) -> None:
    os.write(mouth.fileno(), b"\0\0\1\0half of it")
    os.kill(os.getpid(), signal.SIGKILL)


def complain(job: Job, counter: Path, log: Path, mouth: Connection) -> None:
    mouth.send("no such thing")
    os._exit(1)


def never_end(job: Job, counter: Path, log: Path, mouth: Connection) -> None:
    append_record(records_path(job.folder), TrialRecord(int(log.stem[-1]), False, ()))
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600.0)


def test_a_job_that_is_done_says_nothing(evaluate: Callable[[Work], None], tmp_path: Path) -> None:
    evaluate(finish)
    assert [record.trial for record in read_records(records_path(tmp_path))] == [0, 1, 2]


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (
            die_without_a_word,
            r"ended early: status 3, status 3 \(see .*process_\*.log\); 0 trials are kept, .* other 3$",
        ),
        (be_killed_after_a_trial, r"ended early: killed by SIGKILL, .*; 1 trials are kept, .* runs the other 2$"),
        (be_killed_while_speaking, r"ended early: killed by SIGKILL, .*; 0 trials are kept"),
        (complain, "^no such thing; 0 trials are kept, the same command runs the other 3$"),
    ],
)
def test_processes_that_die_are_told_in_a_line(evaluate: Callable[[Work], None], work: Work, message: str) -> None:
    with pytest.raises(UserError, match=message):
        evaluate(work)


def test_an_interruption_ends_all_processes_and_keeps_what_is_done(
    evaluate: Callable[[Work], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        if len(read_records(records_path(tmp_path))) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(command, "PATIENCE", 0.1)
    monkeypatch.setattr(command.time, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        evaluate(never_end)
    assert multiprocessing.active_children() == []
    assert len(read_records(records_path(tmp_path))) == 2


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
    with command._withheld(signal.SIGINT):
        heard = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert heard.stdout == "True\n"
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_scene(tmp_path / "0.json", designs("P5_tight")[0])
    (tmp_path / "1.json").write_text("{")
    (tmp_path / "2.json").write_text('{"schema": "pushgrasp.scene/1", "target": 0, "objects": []}')
    return tmp_path


OWN = ("--policy", "random", "--physics", "mujoco", "--out", "out", "--protocol")


def test_all_bad_scenes_are_named_before_anything_is_written(files: Path) -> None:
    with pytest.raises(UserError, match=r"1\.json:1: .*; 2\.json: .*; mend them, .* with --skip_bad_scenes$"):
        command.main([*OWN, "scenes:*.json"])
    assert not (files / "out").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("P1/case1", "--seed", "-5"), "--seed -5: a whole number from 0 to 4294967295 is needed"),
        (("P1/case1", "--seed", str(10**12)), "--seed 1000000000000: a whole number"),
        (("P1/case1,P9",), "unknown protocol 'P9'"),
        (("scenes:./0.json,scenes:._0.json",), "scenes '._0.json': neither a scene family nor"),
        (("scenes:none.json",), "scenes 'none.json': neither a scene family nor a scene file"),
        (("P1/case1", "--out", "1.json"), "1.json is a file, no folder"),
    ],
)
def test_wrong_words_are_refused_before_anything_is_written(files: Path, words: tuple[str, ...], message: str) -> None:
    before = sorted(files.iterdir())
    with pytest.raises((UserError, ValueError, OSError), match=message):
        command.main([*OWN, *words])
    assert sorted(files.iterdir()) == before
