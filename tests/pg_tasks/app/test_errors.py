"""A user's mistake is one line on stderr; anything else keeps its stack trace."""

from __future__ import annotations

import pytest

from pg_tasks.app.errors import UserError, readable_errors
from pushgrasp.training.checkpoint import CheckpointError

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
