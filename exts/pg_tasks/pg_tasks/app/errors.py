"""A user's mistake ends a script with one line, not with a stack trace."""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager

READER_GONE = 141
"""Exit status when nobody reads the output any more, as the shell gives it for SIGPIPE."""


class UserError(Exception):
    """Something the user can mend; its text says what and how."""


@contextmanager
def readable_errors() -> Iterator[None]:
    """Print the mistakes that a user can make as one line on stderr and exit with status 2.

    A reader that is gone, as in ``| head``, ends the script without a word. What the terminal's encoding lacks is
    written as an escape sequence. With the environment variable ``PUSHGRASP_DEBUG`` set, the stack trace is kept.
    """
    from pushgrasp.console import printable
    from pushgrasp.training.checkpoint import CheckpointError

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except (UserError, CheckpointError, OSError, ValueError) as error:
        if isinstance(error, BrokenPipeError) and _reader_is_gone():
            raise SystemExit(READER_GONE) from None
        if os.environ.get("PUSHGRASP_DEBUG"):
            raise
        sys.stderr.write(f"error: {printable(' '.join(str(error).split()))}\n")
        raise SystemExit(2) from error


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
