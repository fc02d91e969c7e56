"""Precedence over other work of the machine, for processes that must answer within a control cycle."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

PRIORITY = 10
"""Of a session, among the 1 to 99 of Linux: above all usual work, below threads of the system that have 50."""


def has_precedence() -> bool:
    """Return whether the calling thread runs before all usual work of the machine."""
    return sys.platform == "linux" and os.sched_getscheduler(0) == os.SCHED_RR


@contextmanager
def realtime(priority: int = PRIORITY) -> Iterator[bool]:
    """Let the calling thread, and the threads and processes that it starts, run before all usual work of the machine.

    Without precedence a set-point may wait for its turn behind other programs until a watchdog stops the arm. Linux
    grants it only to those who have the right to it (``ulimit -r``); without it nothing changes.

    Args:
        priority: Among the processes that have precedence, 1 to 99.

    Yields:
        Whether it was granted. Afterwards the calling thread has none any more.
    """
    if sys.platform != "linux":
        yield False
        return
    policy, usual = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(priority))
    except PermissionError:
        yield False
        return
    try:
        yield True
    finally:
        os.sched_setscheduler(0, policy, usual)
