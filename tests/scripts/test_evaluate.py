"""Evaluations as a user runs them: how they are shared out and interrupted changes nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from pushgrasp.evaluation.record_file import count_lines, read_records

pytestmark = pytest.mark.slow

SCRIPT = str(Path(__file__).resolve().parents[2] / "scripts" / "evaluate.py")
FOLDER, TRIALS = "P4_random15", 3
COMMON = ("--policy", "random", "--protocol", "P4/random15", "--physics", "mujoco", "--trials", str(TRIALS))
ONE = (*COMMON, "--out", "one", "--num_envs", "2", "--pictures", "1")
TWO = (*COMMON, "--out", "two", "--num_envs", "2", "--processes", "2")
REST = (*COMMON, "--out", "two", "--num_envs", "3")


def comparable(path: Path) -> list[str]:
    """Lines of a record file without time stamps, and without the commit, which may change between two runs."""
    lines = []
    for line in path.read_text().splitlines():
        content = json.loads(line)
        del content["times"], content["provenance"]["git_commit"]
        lines.append(json.dumps(content))
    return lines


def kill_after_a_trial(leader: subprocess.Popen[str], path: Path) -> None:
    """Kill the process that leads an evaluation, with no chance to clean up, after its first record."""
    end = time.monotonic() + 1800.0
    while count_lines(path) == 0 and leader.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
    others = psutil.Process(leader.pid).children(recursive=True)
    leader.send_signal(signal.SIGKILL)
    leader.wait()
    psutil.wait_procs(others, timeout=60.0)  # they end by themselves


def test_worlds_processes_and_kills_change_nothing(start: Callable, run_all: Callable, tmp_path: Path) -> None:
    kill_after_a_trial(start([sys.executable, SCRIPT, *TWO], tmp_path), tmp_path / "two" / FOLDER / "trials.jsonl")
    begun = read_records(tmp_path / "two" / FOLDER / "trials.jsonl")
    assert len(begun) >= 1
    results = run_all(*(("evaluate.py", words, tmp_path) for words in (REST, ONE)), COLUMNS="240")
    for result in results:
        assert result.returncode == 0, result.stdout + result.stderr
        assert result.stdout.splitlines()[-1].startswith("P4/random15 random: completion ")
    one, two = (comparable(tmp_path / out / FOLDER / "trials.jsonl") for out in ("one", "two"))
    assert len(one) == TRIALS
    assert one == two
    records = read_records(tmp_path / "two" / FOLDER / "trials.jsonl")
    assert [record for record in records if record.trial in {old.trial for old in begun}] == begun
    assert all(1 <= len(record.actions) <= 5 and record.objects == 15 for record in records)
    assert all((record.end == "completed") == (record.cause is None) for record in records)
    assert (tmp_path / "one" / FOLDER / "pictures" / "trial_0000.png").is_file()
