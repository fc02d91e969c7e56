"""Actions per minute of an evaluation as a user runs it: start, scenes, actions, records."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

from pg_tasks.evaluate.command import main
from pushgrasp.evaluation.record_file import read_records
from pushgrasp.evaluation.runs import records_path, run_folder

from .figures import Figure

PROTOCOL = "P1/case2"
"""Twenty objects."""

TARGET = 100.0
"""Least actions per minute, on two cores that do nothing else."""


def run(trials: int = 60, processes: int = 2, seed: int = 0) -> list[Figure]:
    """Evaluate the random policy with the training rig, without pictures, and look at the clock."""
    words = ["--policy", "random", "--protocol", PROTOCOL, "--physics", "mujoco", "--rig", "training"]
    words += ["--trials", str(trials), "--processes", str(processes), "--seed", str(seed)]
    with tempfile.TemporaryDirectory() as out:
        wall, cpu = time.perf_counter(), _cpu_of_children()
        main([*words, "--out", out])
        wall, cpu = time.perf_counter() - wall, _cpu_of_children() - cpu
        records = read_records(records_path(run_folder(Path(out), PROTOCOL)))
    actions = sum(len(record.actions) for record in records)
    case = f"{trials} trials, {processes} processes"
    return [
        Figure("evaluation", f"actions per minute, {case}", 60.0 * actions / wall, "/min", at_least=TARGET),
        Figure("evaluation", "actions", actions),
        Figure("evaluation", "duration, start included", wall, "s"),
        Figure("evaluation", "CPU time per action, start included", cpu / actions, "s"),
    ]


def _cpu_of_children() -> float:
    """CPU time of all processes that this one has started and that have ended [s]."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
