"""Ctrl-C and termination requests as a flag, so that training stops at a safe place."""

from __future__ import annotations

import logging
import signal
import threading
from types import FrameType, TracebackType

logger = logging.getLogger(__name__)


class StopRequest:
    """While active, the first SIGINT or SIGTERM sets :attr:`requested`; a second one raises KeyboardInterrupt.

    Outside the main thread signals cannot be caught; the flag then stays False.
    """

    def __init__(self) -> None:
        """Start without a request."""
        self.requested = False
        self._previous: dict[int, object] = {}

    def __enter__(self) -> StopRequest:
        """Take over the two signals."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the signals back."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._previous.clear()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        """Remember the first request, obey the second."""
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
        logger.warning("stopping after this action and writing a checkpoint; interrupt again to stop at once")
