"""Scripts as a user runs them: another process, another folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


Run = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]


def command(script: str, *words: str) -> list[str]:
    return [sys.executable, str(ROOT / "scripts" / script), *words]


def environment(**variables: str) -> dict[str, str]:
    """Environment variables with which a process finds the packages from any folder."""
    sources = os.pathsep.join(str(ROOT / folder) for folder in ("source", "exts/pg_tasks"))
    return {**os.environ, "PYTHONPATH": sources, "OMP_NUM_THREADS": "1", **variables}


@pytest.fixture(scope="session")
def run_script() -> Run:
    """Run a script to its end in a folder."""

    def run(
        script: str, *words: str, cwd: Path, timeout: float = 300.0, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        line = command(script, *words)
        streams = {"capture_output": True, "text": True, "check": False}
        return subprocess.run(line, cwd=cwd, env=environment(**variables), timeout=timeout, **streams)

    return run


@pytest.fixture(scope="session")
def start() -> Start:
    """Start any command line in a folder, with its output in ``output.txt`` there."""

    def begin(line: list[str], cwd: Path) -> subprocess.Popen[str]:
        with (cwd / "output.txt").open("w") as output:
            return subprocess.Popen(
                line, cwd=cwd, env=environment(), stdout=output, stderr=subprocess.STDOUT, text=True
            )

    return begin
