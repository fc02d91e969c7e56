"""A user's mistake is one line on stderr; anything else keeps its stack trace."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pushgrasp.learning.checkpoint import CheckpointError
from pushgrasp.program import UserError, advised, readable_errors

MISTAKES = [
    UserError("no such task"),
    CheckpointError("damaged"),
    ValueError("push_speed"),
    ValueError("unknown preset\n  presets: a\n"),
    FileNotFoundError("no checkpoint"),
    PermissionError(13, "Permission denied", "logs"),
    NotADirectoryError("logs is a file"),
    OSError(28, "No space left on device"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda error: type(error).__name__)
def test_mistakes_are_one_line(mistake: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught, readable_errors():
        raise mistake
    assert caught.value.code == 2
    assert capsys.readouterr().err == f"error: {' '.join(str(mistake).split())}\n"


def test_debug_variable_keeps_the_stack_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUSHGRASP_DEBUG", "1")
    with pytest.raises(UserError, match="no such task"), readable_errors():
        raise UserError("no such task")


def test_faults_of_the_program_are_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), readable_errors():
        raise ZeroDivisionError


def test_control_characters_of_a_name_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), readable_errors():
        raise UserError("no run a\x1b[2J")
    assert capsys.readouterr().err == "error: no run a\\x1b[2J\n"


GUARDED = """
from pushgrasp.program import readable_errors
from pushgrasp.console import Console
with readable_errors():
    {body}
"""


def guarded(body: str, command: str = "{python} -", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a body as a script does, behind a shell command line."""
    line = command.format(python=sys.executable)
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line], input=GUARDED.format(body=body), capture_output=True, text=True,
        env={**os.environ, **variables}, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("write", ["Console().print", "print"])
def test_reader_that_is_gone_ends_the_script_without_a_word(write: str) -> None:
    result = guarded(f"[{write}(i) for i in range(100_000)]", "{python} - | head -n 1")
    assert (result.returncode, result.stdout, result.stderr) == (141, "0\n", "")


def test_few_lines_without_a_reader_are_no_fault_either() -> None:
    result = guarded("import time; print(0); time.sleep(0.2)", "{python} - | true")
    assert (result.returncode, result.stderr) == (141, "")


def test_another_broken_pipe_is_told() -> None:
    result = guarded("raise BrokenPipeError(32, 'Broken pipe')")
    assert (result.returncode, result.stderr) == (2, "error: [Errno 32] Broken pipe\n")


def test_what_the_encoding_lacks_is_written_as_an_escape_sequence() -> None:
    result = guarded("Console().print('\u00b1'), print('\u624b')", PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stdout) == (0, "\\xb1\n\\u624b\n"), result.stderr


def test_what_nobody_would_read_to_its_end_is_cut_in_the_middle(capsys: pytest.CaptureFixture[str]) -> None:
    name, listed = "begin" + 5000 * "x" + "end", ", ".join(f"field_{n}" for n in range(500))
    with pytest.raises(SystemExit), readable_errors():
        raise UserError(f"no field {name}; fields: {listed}")
    line = capsys.readouterr().err
    assert len(line) == 1000
    assert line.startswith(f"error: no field begin{118 * 'x'}...{119 * 'x'}end; fields: field_0, field_1,")
    assert line.endswith("field_498, field_499\n")


def test_what_follows_a_long_mistake_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), readable_errors(), advised(lambda: "go on with: train.py --checkpoint latest"):
        raise OSError(28, "No space left on device", 5000 * "x ")
    assert capsys.readouterr().err.endswith("; go on with: train.py --checkpoint latest\n")
