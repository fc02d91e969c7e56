"""How a script ends: with its work done, or with one line that says what the user can do."""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pushgrasp.interrupt import exit_status, interruptions

READER_GONE = 141
"""Exit status when nobody reads the output any more, as the shell gives it for SIGPIPE."""

SIMULATOR = ("isaaclab", "isaaclab_rl", "isaaclab_tasks", "isaaclab_newton", "isaaclab_physx", "newton", "warp")
"""Packages of the extra ``sim``."""


class UserError(Exception):
    """Something the user can mend; its text says what and how."""


@contextmanager
def readable_errors() -> Iterator[None]:
    """Print what a user can mend as one line on stderr and exit with status 2; interruptions with 130 or 143.

    Every script runs inside, its imports included. Faults of the program keep their stack trace, and with the
    environment variable ``PUSHGRASP_DEBUG`` set everything does. The first signal ends the block in good order, a
    second one ends the process at once (:func:`pushgrasp.interrupt.interruptions`).

    A reader that is gone, as in ``| head``, ends the script without a word. What the terminal's encoding lacks is
    written as an escape sequence.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    with interruptions():
        try:
            try:
                yield
            finally:
                sys.stdout.flush()
        except (Exception, KeyboardInterrupt) as error:
            if isinstance(error, BrokenPipeError) and _reader_is_gone():
                raise SystemExit(READER_GONE) from None
            line, status = _ending(error)
            if line is None or os.environ.get("PUSHGRASP_DEBUG"):
                raise
            tell(line, *getattr(error, "__notes__", ()))
            raise SystemExit(status) from error


@contextmanager
def advised(advice: Callable[[], str]) -> Iterator[None]:
    """Add what the user can do to whatever ends the block early, an interruption included."""
    try:
        yield
    except (Exception, KeyboardInterrupt) as error:
        error.add_note(advice())
        raise


def _ending(error: BaseException) -> tuple[str | None, int]:
    """Return the line and the exit status of what has ended a script; None for a fault of the program."""
    if isinstance(error, KeyboardInterrupt) or exit_status():  # imports turn an interruption into other errors
        return "stopped", exit_status() or 130
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] in SIMULATOR:
        return f"error: {error.name} is not installed: pip install 'pushgrasp[sim]', or run with Isaac Lab's Python", 2
    if isinstance(error, UserError | OSError | ValueError | FloatingPointError):
        return f"error: {error}", 2
    return None, 1


def tell(*texts: str) -> None:
    """Write texts to stderr in one line, each without the middle of what is too long to be read."""
    from pushgrasp.console import printable, shortened

    sys.stderr.write(f"{printable('; '.join(map(shortened, texts)))}\n")


def _reader_is_gone() -> bool:
    """Return whether stdout leads nowhere; then nothing more is written to it, at the end of Python neither."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    gone = any(event & select.POLLERR for _, event in poll.poll(0))
    if gone:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    return gone
