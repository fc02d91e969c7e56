"""Evaluations as a user runs them: how they are shared out and interrupted changes nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pushgrasp.evaluation.record_file import count_lines, read_records

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
FOLDER, TRIALS = "P4_random15", 4


def command(out: str, *words: str) -> list[str]:
    common = ("--policy", "random", "--protocol", "P4/random15", "--physics", "mujoco", "--trials", str(TRIALS))
    return [sys.executable, str(ROOT / "scripts" / "evaluate.py"), *common, "--out", out, *words]


def environment() -> dict[str, str]:
    sources = os.pathsep.join(str(ROOT / folder) for folder in ("source", "exts/pg_tasks"))
    return {**os.environ, "PYTHONPATH": sources, "COLUMNS": "240"}


def run(folder: Path, out: str, *words: str) -> str:
    streams = {"capture_output": True, "text": True, "check": False}
    result = subprocess.run(command(out, *words), cwd=folder, env=environment(), timeout=900, **streams)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def comparable(path: Path) -> list[str]:
    """Lines of a record file without time stamps, and without the commit, which may change between two runs."""
    lines = []
    for line in path.read_text().splitlines():
        content = json.loads(line)
        del content["times"], content["provenance"]["git_commit"]
        lines.append(json.dumps(content))
    return lines


def kill_after_a_trial(folder: Path, out: str, *words: str) -> None:
    """Start an evaluation and kill the process that leads it, with no chance to clean up, after its first record."""
    leader = subprocess.Popen(command(out, *words), cwd=folder, env=environment(), stdout=subprocess.DEVNULL)
    path, end = folder / out / FOLDER / "trials.jsonl", time.monotonic() + 600.0
    while count_lines(path) == 0 and time.monotonic() < end:
        time.sleep(0.05)
    leader.send_signal(signal.SIGKILL)
    leader.wait()
    while (size := count_lines(path), time.sleep(8.0), count_lines(path))[0] != size:
        pass


def test_worlds_processes_and_kills_change_nothing(tmp_path: Path) -> None:
    printed = run(tmp_path, "one", "--num_envs", "2", "--pictures", "1")
    assert printed.splitlines()[-1].startswith("P4/random15 random: completion ")
    kill_after_a_trial(tmp_path, "two", "--num_envs", "3", "--processes", "2")
    begun = read_records(tmp_path / "two" / FOLDER / "trials.jsonl")
    assert len(begun) >= 1
    run(tmp_path, "two", "--num_envs", "3", "--processes", "2")
    one, two = (comparable(tmp_path / out / FOLDER / "trials.jsonl") for out in ("one", "two"))
    assert len(one) == TRIALS
    assert one == two
    records = read_records(tmp_path / "two" / FOLDER / "trials.jsonl")
    assert [record for record in records if record.trial in {old.trial for old in begun}] == begun
    assert all(1 <= len(record.actions) <= 5 and record.objects == 15 for record in records)
    assert all((record.end == "completed") == (record.cause is None) for record in records)
    assert (tmp_path / "one" / FOLDER / "pictures" / "trial_0000.png").is_file()
