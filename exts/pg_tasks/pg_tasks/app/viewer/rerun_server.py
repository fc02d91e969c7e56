"""Rerun's server as a process of its own: started by Rerun's Python package, it would listen on all interfaces."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from pushgrasp.program import UserError

START_TIME = 20.0
"""Longest time that the server may take until it listens [s]."""


@contextmanager
def rerun_server(host: str, web_port: int, grpc_port: int) -> Iterator[None]:
    """Run the server on ``host``; Isaac Lab uses one that listens on ``grpc_port`` instead of starting its own.

    Raises:
        UserError: If it does not start.
    """
    words = ("--serve-web", "--bind", host, "--port", str(grpc_port), "--web-viewer-port", str(web_port))
    command = [sys.executable, "-m", "rerun", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        _wait_until_it_listens(process, host, grpc_port)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)  # the server is a child of the process that Python's module runs in
        process.wait()


def _wait_until_it_listens(process: subprocess.Popen, host: str, port: int) -> None:
    end = time.monotonic() + START_TIME
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection((host, port), timeout=0.5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise UserError(f"rerun's server did not start on {host}, port {port}; its own message is above")
