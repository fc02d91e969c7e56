"""Ctrl-C and SIGTERM: the first one ends the program in good order, a second one at once."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType, TracebackType

from pushgrasp.files.atomic import discard_unfinished

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(KeyboardInterrupt):
    """A signal asks the program to end."""


@dataclass
class _State:
    """What this process does about the signals."""

    received: int | None = None  # the first one
    holders: int = 0  # blocks that have taken the signals
    patient: int = 0  # those among them that stop by themselves, at a safe place


_state = _State()


@contextlib.contextmanager
def interruptions() -> Iterator[None]:
    """Let the first signal in the block raise :class:`Interrupted`, and a second one end the process at once.

    Outside the main thread signals cannot be caught, and nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = {number: signal.signal(number, _handle) for number in SIGNALS}
    _state.holders += 1
    try:
        yield
    finally:
        _state.holders -= 1
        if _state.holders == 0:
            _state.received = None
        for number, handler in previous.items():
            signal.signal(number, handler or signal.SIG_DFL)


class StopRequest:
    """While active, the first signal only sets :attr:`requested`, so that the work stops at a safe place.

    A second one ends the process at once, or raises KeyboardInterrupt where no script has called
    :func:`interruptions`. Outside the main thread the flag stays False.
    """

    def __init__(self) -> None:
        """Start without a request."""
        self._requested = False

    def __enter__(self) -> StopRequest:
        """Take the signals."""
        self._holder = interruptions()
        self._holder.__enter__()
        _state.patient += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give them back."""
        self._requested = self.requested
        _state.patient -= 1
        self._holder.__exit__(kind, error, trace)

    @property
    def requested(self) -> bool:
        """Whether the program shall end, or should when the block ended."""
        return self._requested or _state.received is not None


def exit_status() -> int:
    """Return the exit status of a program that a signal has asked to end, as shells count it; 0 without one."""
    return 0 if _state.received is None else 128 + _state.received


def check_interruption() -> None:
    """Raise :class:`Interrupted` when a signal has come before, and what it raised was lost on its way."""
    if _state.received is not None:
        raise Interrupted


def _handle(number: int, frame: FrameType | None) -> None:
    if _state.received is not None:
        _stop_now(number)
    _state.received = number
    if _state.patient == 0:
        raise Interrupted
    _tell("stopping after this action; what was done is kept; interrupt again to stop at once")


def _stop_now(number: int) -> None:
    if _state.holders == _state.patient:  # no script: the process is not ours to end
        raise KeyboardInterrupt
    discard_unfinished()
    _tell("stopped at once")
    os._exit(128 + number)


def _tell(text: str) -> None:
    """Write a line to stderr, past its buffer: a signal may have come while something was printed."""
    with contextlib.suppress(OSError):
        os.write(2, f"{text}\n".encode())
