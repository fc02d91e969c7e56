"""Ctrl-C and SIGTERM: the first ends a script in good order, the second at once; each in one line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pushgrasp.interrupt import Interrupted, StopRequest, check_interruption, exit_status, interruptions

SCRIPT = """
import os, signal, sys, time
from pathlib import Path
from pushgrasp.program import advised, readable_errors
from pushgrasp.files.atomic import atomic_write
from pushgrasp.interrupt import StopRequest, exit_status

def wait():
    print("ready", flush=True)
    time.sleep(60)

def swallow():
    try:
        wait()
    except BaseException:
        raise ImportError("no module")

def stubborn():
    with StopRequest() as stop:
        print("ready", flush=True)
        while True:
            time.sleep(0.01)

def writing():
    with StopRequest():
        atomic_write(Path("a.pt"), lambda file: (file.write(b"half"), stubborn()))

def obedient():
    with StopRequest() as stop:
        print("ready", flush=True)
        while not stop.requested:
            time.sleep(0.01)
    raise SystemExit(exit_status())

def slow_end():
    try:
        wait()
    finally:
        time.sleep(60)

with readable_errors(), advised(lambda: "go on with: again"):
    globals()[sys.argv[1]]()
"""


def run(action: str, *numbers: signal.Signals, cwd: Path) -> tuple[int, str]:
    """Run the script until it is ready, send signals, return status and stderr."""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "source")}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, action], cwd=cwd, env=env, **pipes)
    assert process.stdout and process.stderr and process.stdout.readline() == "ready\n"
    for number in numbers:
        process.send_signal(number)
        time.sleep(0.3)
    return process.wait(20), process.stderr.read()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("action", ["wait", "swallow"])
def test_first_signal_is_one_line_with_advice(action: str, number: signal.Signals, status: int, tmp_path: Path) -> None:
    assert run(action, number, cwd=tmp_path) == (status, "stopped; go on with: again\n")


def test_work_that_stops_by_itself_is_waited_for(tmp_path: Path) -> None:
    status, said = run("obedient", signal.SIGTERM, cwd=tmp_path)
    assert status == 143
    assert said == "stopping after this action; what was done is kept; interrupt again to stop at once\n"


@pytest.mark.parametrize("action", ["stubborn", "slow_end", "writing"])
def test_second_signal_ends_at_once_with_whole_files(action: str, tmp_path: Path) -> None:
    status, said = run(action, signal.SIGINT, signal.SIGINT, cwd=tmp_path)
    assert (status, said.splitlines()[-1]) == (130, "stopped at once")
    assert "Traceback" not in said and list(tmp_path.iterdir()) == []


def test_without_a_script_the_process_goes_on(capfd: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    with StopRequest() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.requested
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)
    assert signal.getsignal(signal.SIGINT) is before and stop.requested
    assert (exit_status(), StopRequest().requested) == (0, False)
    assert "interrupt again" in capfd.readouterr().err


def test_lost_interruption_is_raised_again() -> None:
    with interruptions():
        check_interruption()
        with pytest.raises(Interrupted):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)
        with StopRequest() as stop:
            assert stop.requested and exit_status() == 143
        with pytest.raises(Interrupted):
            check_interruption()
