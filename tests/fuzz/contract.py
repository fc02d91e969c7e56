"""What a parser owes its user, whatever it is given: a value, or one line that says what is wrong with which input."""

from __future__ import annotations

import contextlib
import io
import resource
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pushgrasp.console import printable, shortened
from pushgrasp.program import UserError

SECONDS = 5
"""Computing time that an input may take [s]; other programs on the machine do not count."""

GIGABYTE = 2**30


class TooSlowError(BaseException):
    """An input has taken too long; no parser catches this."""


def fault(call: Callable[[], object], names: Sequence[str]) -> str | None:
    """Call a parser and return how it breaks its contract, None if it keeps it.

    Args:
        call: The call.
        names: A message must hold one of these: the file, or a word of the command line. None: it may say anything.
    """
    before = _peak_memory()
    try:
        with _time_limit(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            call()
    except UnicodeError as error:
        return f"{type(error).__name__}: {error}"
    except (UserError, OSError, ValueError, FloatingPointError) as error:  # as `pushgrasp.program` prints them
        found = wrong_message(str(error), names)
    except SystemExit as error:
        found = None if error.code in (0, None) else f"ends the program with {error.code!r}"  # --help
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    else:
        found = None
    grown = _peak_memory() - before
    return f"takes {grown / GIGABYTE:.1f} GiB" if grown > GIGABYTE else found


def wrong_message(text: str, names: Sequence[str]) -> str | None:
    """Return what is wrong with a message, None if it is good."""
    line = printable(shortened(text))
    if not line:
        return "empty message"
    shown = [printable(shortened(name.lstrip("/"))) for name in names]  # scene words are tried without
    return None if not names or any(name in line for name in shown if name) else f"message names nothing: {line}"


def executed(folder: Path) -> str | None:
    """Return a fault if a payload has run: nothing in a file may be executed."""
    found = folder / "executed"
    return "something in it was executed" if found.exists() else None


@contextlib.contextmanager
def _time_limit() -> Iterator[None]:
    """Raise :class:`TooSlowError` after :data:`SECONDS` of this process's computing time."""

    def stop(*_: object) -> None:
        raise TooSlowError(f"more than {SECONDS} s")

    old = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)


def _peak_memory() -> int:
    """Most memory that this process has had so far [bytes]."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
