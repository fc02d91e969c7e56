"""A user's mistake ends a script with one line, not with a stack trace."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class UserError(Exception):
    """Something the user can mend; its text says what and how."""


@contextmanager
def readable_errors() -> Iterator[None]:
    """Print the mistakes that a user can make as one line on stderr and exit with status 2.

    With the environment variable ``PUSHGRASP_DEBUG`` set, the stack trace is kept.
    """
    from pushgrasp.training.checkpoint import CheckpointError

    try:
        yield
    except (UserError, CheckpointError, OSError, ValueError) as error:
        if os.environ.get("PUSHGRASP_DEBUG"):
            raise
        sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
        raise SystemExit(2) from error
