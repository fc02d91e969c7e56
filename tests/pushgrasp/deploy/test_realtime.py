"""Precedence over other work."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from pushgrasp.deploy.realtime import has_precedence, realtime

ASK = "import os; print(os.sched_getscheduler(0) == os.SCHED_RR)"


def _inside_and_after() -> tuple[bool, bool, bool, bool, int]:
    """What a thread of its own gets, what it and a process and a thread of it have then, and what it has afterwards."""
    with realtime() as granted, ThreadPoolExecutor(1) as pool:
        process = subprocess.check_output([sys.executable, "-c", ASK], text=True).strip() == "True"
        found = granted, has_precedence(), process, pool.submit(has_precedence).result()
    return *found, os.sched_getscheduler(0)


def test_threads_and_processes_that_begin_meanwhile_have_what_was_granted() -> None:
    with ThreadPoolExecutor(1) as pool:
        granted, *had, after = pool.submit(_inside_and_after).result()
    assert had == [granted] * 3
    assert after == os.sched_getscheduler(0)


def test_who_has_no_right_to_it_goes_on_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    with realtime() as granted:
        assert not granted
