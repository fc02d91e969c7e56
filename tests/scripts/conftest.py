"""Scripts as a user runs them: another process, another folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "pushgrasp" / "learning"), str(ROOT / "tests" / "scripts")]  # same, small training


PATIENCE = 1800.0
"""Time after which a process counts as hanging, on a machine that is busy with other things, too [s]."""

Result = subprocess.CompletedProcess[str]
Run = Callable[..., Result]
RunAll = Callable[..., list[Result]]
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

    def run(script: str, *words: str, cwd: Path, timeout: float = PATIENCE, **variables: str) -> Result:
        line = command(script, *words)
        streams = {"capture_output": True, "text": True, "check": False}
        return subprocess.run(line, cwd=cwd, env=environment(**variables), timeout=timeout, **streams)

    return run


@pytest.fixture(scope="session")
def run_all(tmp_path_factory: pytest.TempPathFactory) -> RunAll:
    """Run scripts, each with its words and in its folder, one after the other in one process: it imports only once."""

    def run(*runs: tuple[str, Sequence[str], Path], timeout: float = PATIENCE, **variables: str) -> list[Result]:
        out = tmp_path_factory.mktemp("runs")
        lines = [(str(ROOT / "scripts" / script), list(words), str(folder)) for script, words, folder in runs]
        (out / "runs.json").write_text(json.dumps(lines))
        process = [sys.executable, str(Path(__file__).with_name("one_process.py")), str(out)]
        subprocess.run(process, env=environment(**variables), timeout=timeout, check=False)
        return [_result(out / str(number), words) for number, (_, words, _) in enumerate(runs)]

    return run


def _result(path: Path, words: Sequence[str]) -> Result:
    status, stdout, stderr = (path.with_suffix(f".{kind}") for kind in ("status", "stdout", "stderr"))
    assert status.exists(), f"{words}: the process died; {stderr.read_text() if stderr.exists() else 'not begun'}"
    return Result(words, int(status.read_text()), stdout.read_text(), stderr.read_text())


@pytest.fixture(scope="session")
def start() -> Start:
    """Start any command line in a folder, with its output in ``output.txt`` there."""

    def begin(line: list[str], cwd: Path) -> subprocess.Popen[str]:
        with (cwd / "output.txt").open("w") as output:
            return subprocess.Popen(
                line, cwd=cwd, env=environment(), stdout=output, stderr=subprocess.STDOUT, text=True
            )

    return begin
