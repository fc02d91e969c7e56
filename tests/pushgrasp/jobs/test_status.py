"""How far a job is, in words."""

from __future__ import annotations

import re
from io import StringIO

import pytest

from pushgrasp.console import Console
from pushgrasp.jobs import status
from pushgrasp.jobs.status import JobStatus


def test_progress_says_how_long_it_takes() -> None:
    console = Console(file=StringIO(), width=100)
    with JobStatus(console, "P1/case1", 4, "trials") as progress:
        assert progress.remaining(0, 5.0) == "starting"
        # two of four took 10 s: the others will, too
        assert progress.remaining(2, 10.0) == "ETA 0:00:10"
        progress.add(4)
    assert console.file.getvalue().splitlines()[0] == "P1/case1: 0 of 4 trials, starting"
    assert console.file.getvalue().splitlines()[-1] == "P1/case1: 4 of 4 trials, ETA 0:00:00"


def test_nodes_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(file=StringIO(), width=100)
    progress = JobStatus(console, "P1/case1", 4, "trials")
    begin = progress._begin
    monkeypatch.setattr(status.time, "monotonic", lambda: begin + 30.0)
    for node in ("a", "b", "a", "a"):
        progress.add(node=node)
    # three and one in half a minute
    assert re.search(r"4 of 4 trials, ETA 0:00:00; a minute: a 6\.0, b 2\.0$", console.file.getvalue().strip())
