"""Send what rsl-rl prints to the debug log."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator

logger = logging.getLogger(__name__)


@contextlib.contextmanager
def prints_to_log() -> Iterator[None]:
    """Collect what is printed inside the block and log it at level DEBUG."""
    text = io.StringIO()
    try:
        with contextlib.redirect_stdout(text):
            yield
    finally:
        if text.getvalue().strip():
            logger.debug("%s", text.getvalue().rstrip())
