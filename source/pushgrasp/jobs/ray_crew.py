"""Workers on the nodes of a Ray cluster, each a process beside an actor that speaks for it."""

from __future__ import annotations

import logging
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from pushgrasp.program import UserError

from .job import Lost, Message, Take
from .local import POLL, Process

CONNECTING = 10.0
"""Time that the head of a cluster has to answer [s]."""


GATHERING = 0.2
"""Time for which an actor gathers results, so that a call, which costs a millisecond, brings several [s]."""


def ray_module() -> ModuleType:
    """Return the package Ray.

    Raises:
        UserError: If it is not installed.
    """
    try:
        import ray
    except ImportError:
        raise UserError("Ray is not installed: pip install 'pushgrasp[ray]'") from None
    return ray


class Host:
    """Actor that keeps a worker's process.

    It is asked for messages one call at a time, so no more than a call's are ever on their way.
    """

    def __init__(self, pickled: bytes, code: str, folder: str) -> None:
        """Start the process in a folder; files are looked for where the driver does."""
        os.chdir(folder)
        log = Path(tempfile.gettempdir()) / f"pushgrasp_worker_{os.getpid()}.log"
        self._process = Process(pickled, code, "", log)
        context = ray_module().get_runtime_context()
        self._node = f"{ray_module().util.get_node_ip_address()}/{context.get_node_id()[:4]}"

    def exchange(self, numbers: list[int] | None) -> tuple[str, list[Message]]:
        """Answer the process if it has asked for numbers; return the node and the next messages."""
        if numbers is not None:
            self._process.tell(numbers)
        return self._node, self._process.hear(GATHERING)


class RemoteWorker:
    """A worker as the driver sees it."""

    def __init__(self, number: int, host: Any) -> None:  # noqa: ANN401 - an actor's handle
        """Know a worker by its number and its actor."""
        self._number, self.host, self.node = number, host, ""

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"worker {self._number} on node {self.node}" if self.node else f"worker {self._number}"


class RayCrew:
    """Workers on a Ray cluster, a core each; Ray ends them when the block ends, and when the driver is gone."""

    def __init__(self, address: str, size: int | None) -> None:
        """Work with up to ``size`` workers, one for each core if None, of the cluster at ``address`` or ``auto``."""
        self.size = size or 0
        """How many workers there shall be; known when the block has begun."""
        self._address, self._started = address, 0
        self.workers: list[RemoteWorker] = []
        self._calls: dict[Any, RemoteWorker] = {}

    def __enter__(self) -> RayCrew:
        """Connect.

        Raises:
            UserError: If Ray is not installed, there is no cluster, or it has another version of Ray or Python.
        """
        self._ray = ray_module()
        try:
            _require_listener(self._address)
            with _handler_kept(signal.SIGTERM):
                self._ray.init(address=self._address, log_to_driver=False, logging_level=logging.ERROR)
        except (OSError, RuntimeError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise UserError(f"no Ray cluster at {self._address}: {reason}; start one with: ray start --head") from error
        self.size = self.size or max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers:
            self._ray.kill(worker.host)
        self._ray.shutdown()

    def start(self, pickled: bytes, code: str) -> None:
        """Start one more, as soon as a node has room for it; see :class:`Process`."""
        actor = self._ray.remote(num_cpus=1, scheduling_strategy="SPREAD")(Host)
        worker = RemoteWorker(self._started, actor.remote(pickled, code, os.getcwd()))
        self._started += 1
        self.workers.append(worker)
        self._ask(worker, None)

    def tell(self, worker: RemoteWorker, numbers: list[int]) -> None:
        """Answer a worker's request for numbers."""
        self._ask(worker, numbers)

    def _ask(self, worker: RemoteWorker, numbers: list[int] | None) -> None:
        self._calls[worker.host.exchange.remote(numbers)] = worker

    def listen(self) -> Iterator[tuple[RemoteWorker, Message]]:
        """Give what a worker says next; of one that is gone, that it is."""
        if not self._calls:
            time.sleep(POLL)
            return
        for call in self._ray.wait(list(self._calls), timeout=POLL)[0]:
            worker = self._calls.pop(call)
            messages = self._messages(worker, call)
            if isinstance(messages[-1], Lost):
                self.workers.remove(worker)
                self._ray.kill(worker.host)
            elif not isinstance(messages[-1], Take):  # it works on, while this one looks at what it said
                self._ask(worker, None)
            for message in messages:
                yield worker, message

    def _messages(self, worker: RemoteWorker, call: Any) -> list[Message]:  # noqa: ANN401
        """Messages that a call has brought; that the worker is lost if it has failed."""
        try:
            worker.node, messages = self._ray.get(call)
        except self._ray.exceptions.RayError as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            return [Lost(" ... ".join(dict.fromkeys((lines[0], lines[-1]))))]
        return messages


def _require_listener(address: str) -> None:
    """Raise OSError or ValueError if nobody listens at an address, which Ray would try to reach for minutes."""
    if address != "auto":
        host, _, port = address.rpartition("/")[2].rpartition(":")
        socket.create_connection((host, int(port)), CONNECTING).close()


@contextmanager
def _handler_kept(number: signal.Signals) -> Iterator[None]:
    """Give a signal's handler back after the block, in which Ray sets one of its own."""
    former = signal.getsignal(number)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(number, former)
