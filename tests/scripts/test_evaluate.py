"""Mistakes on the command lines of evaluations and reports, each told in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

MISTAKES = [
    (
        "evaluate.py",
        ("--policy", "oracel", "--protocol", "P1/case1", "physics=mujoco"),
        "error: unknown policy 'oracel'; policies: random, zero, ",
    ),
    (
        "evaluate.py",
        ("--policy", "random", "--protocol", "P1/case9"),
        "error: unknown protocol 'P1/case9'; protocols: P1/",
    ),
    ("report.py", (".",), "error: .: no run of an evaluation there (no run.json)"),
]


@pytest.mark.parametrize(("script", "words", "message"), MISTAKES)
def test_mistake_is_one_line(
    script: str, words: tuple[str, ...], message: str, run_script: Callable, tmp_path: Path
) -> None:
    result = run_script(script, *words, cwd=tmp_path)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert result.stderr.splitlines()[-1].startswith(message)
    assert list(tmp_path.iterdir()) == []
