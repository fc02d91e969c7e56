"""The simulator starts quietly: one line on the screen, the rest in a file, and no failure is hidden."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import os, signal, subprocess, sys
from pathlib import Path
from pg_tasks.app.quiet_start import quiet_start

def chatter():
    print("from Python")
    sys.stderr.write("a warning\\n")
    os.write(2, b"from C++\\n")
    subprocess.run(["echo", "from another process"])

print("before")
with quiet_start({arguments}):
    chatter()
    {body}
print("after")
sys.stderr.write("after, too\\n")
"""
CHATTER = {"from Python", "a warning", "from C++", "from another process"}


def start(
    folder: Path, body: str = "pass", arguments: str = "log=Path('start.log')", text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a start with a body in a process of its own."""
    words = [sys.executable, "-c", SCRIPT.format(body=body, arguments=arguments)]
    return subprocess.run(words, cwd=folder, input=text, timeout=60, capture_output=True, text=True, check=False)


def test_what_is_printed_goes_to_the_file(tmp_path: Path) -> None:
    result = start(tmp_path)
    assert (result.returncode, result.stdout) == (0, "before\nafter\n")
    line, *rest = result.stderr.splitlines()
    assert line.startswith("Starting the simulator; its kernels are compiled now, once on this machine")
    assert line.endswith("Its messages: start.log")
    assert rest == ["after, too"]
    assert set((tmp_path / "start.log").read_text().splitlines()) == CHATTER


def test_without_a_file_a_temporary_one_is_named(tmp_path: Path) -> None:
    path = Path(start(tmp_path, arguments="").stderr.splitlines()[0].rpartition(": ")[2])
    assert set(path.read_text().splitlines()) == CHATTER
    path.unlink()


def test_verbose_start_shows_everything(tmp_path: Path) -> None:
    result = start(tmp_path, arguments="verbose=True")
    assert set((result.stdout + result.stderr).splitlines()) == CHATTER | {"before", "after", "after, too"}


def test_other_processes_of_a_training_say_nothing(tmp_path: Path) -> None:
    assert start(tmp_path, arguments="log=Path('start.log'), told=False").stderr == "after, too\n"


def test_failure_shows_the_end_of_the_file_and_the_trace(tmp_path: Path) -> None:
    result = start(tmp_path, "[print(i) for i in range(50)]; raise RuntimeError('no renderer')")
    assert result.returncode == 1
    lines = result.stderr.splitlines()
    assert lines[1:22] == ["The start failed; the end of start.log:", *map(str, range(30, 50))]
    assert "Traceback" in lines[22]
    assert lines[-1] == "RuntimeError: no renderer"


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "ValueError('more objects than slots')"])
def test_what_one_line_says_needs_no_more(error: str, tmp_path: Path) -> None:
    result = start(tmp_path, f"raise {error}")
    assert not CHATTER & set(result.stderr.splitlines())
    assert error.partition("(")[0] in result.stderr.splitlines()[-1]


@pytest.mark.parametrize("death", ["os.abort()", "os.kill(os.getpid(), signal.SIGKILL)", "os._exit(3)"])
def test_death_without_a_word_shows_the_end_of_the_file(death: str, tmp_path: Path) -> None:
    result = start(tmp_path, f"os.write(2, b'no memory left'); {death}")
    assert result.returncode != 0
    assert "The start failed; the end of start.log:" in result.stderr
    assert result.stderr.rstrip().endswith("no memory left")


def test_breakpoint_can_be_used(tmp_path: Path) -> None:
    result = start(tmp_path, "breakpoint()", text="p 6 * 7\nc\n")
    assert "(Pdb) 42" in result.stdout
    assert result.stdout.endswith("after\n")


def test_screen_shows_a_clock_and_is_clean_afterwards(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    words = [sys.executable, "-c", SCRIPT.format(body="import time; time.sleep(1.5)", arguments="log=Path('s.log')")]
    variables = {**os.environ, "TERM": "xterm"}
    result = subprocess.run(words, cwd=tmp_path, stdout=theirs, stderr=theirs, env=variables, timeout=60, check=False)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert result.returncode == 0
    assert "0:00:01" in shown
    assert "\x1b[2K" in shown  # the clock's line is wiped
    assert not [word for word in CHATTER if word in shown]
    assert "after, too" in shown


def test_process_that_another_one_started_keeps_its_output(tmp_path: Path) -> None:
    code = """
import multiprocessing
from pg_tasks.app.quiet_start import quiet_start
def work():
    with quiet_start():
        print("from a worker", flush=True)
if __name__ == "__main__":
    worker = multiprocessing.get_context("fork").Process(target=work)
    worker.start()
    worker.join()
"""
    words = [sys.executable, "-c", code]
    result = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert (result.stdout, result.stderr) == ("from a worker\n", "")
