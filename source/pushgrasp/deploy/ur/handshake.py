"""A first conversation with a controller over a plain socket, so that ur_rtde is only let near one that answers.

ur_rtde's constructors wait without end for a server that is silent, and nothing in Python can interrupt them.
"""

from __future__ import annotations

import socket
import struct
import time

from pushgrasp.deploy.devices import DeviceFault

RTDE_PORT = 30004
SCRIPT_PORT = 30003


def require_rtde(name: str, address: str, timeout: float, port: int = RTDE_PORT) -> None:
    """Refuse a controller that does not speak RTDE and report its clock.

    Args:
        name: Of the arm, for messages.
        address: Of the controller.
        timeout: For all of it [s].
        port: Where it speaks RTDE.

    Raises:
        DeviceFault: If it does not answer in time or not as it should.
    """
    deadline = time.monotonic() + timeout
    try:
        with socket.create_connection((address, port), timeout) as link:
            accepted = _asked(link, "V", struct.pack(">H", 2), deadline) == b"\x01"
            types = _asked(link, "O", struct.pack(">d", 125.0) + b"timestamp", deadline)[1:]
            started = _asked(link, "S", b"", deadline) == b"\x01"
            reported = len(_next(link, "U", deadline)) == 9
    except OSError as error:
        raise DeviceFault(
            f"{name}: no RTDE at {address}:{port} ({error}): is the controller on, the cable in and the address right?"
        ) from None
    if not (accepted and types == b"DOUBLE" and started and reported):
        raise DeviceFault(f"{name}: what answers at {address}:{port} does not speak RTDE as a UR controller does")


def require_port(name: str, address: str, timeout: float, port: int = SCRIPT_PORT) -> None:
    """Refuse a controller that does not take connections on a port.

    Raises:
        DeviceFault: If it does not in time.
    """
    try:
        socket.create_connection((address, port), timeout).close()
    except OSError as error:
        raise DeviceFault(
            f"{name}: port {port} of {address} is closed ({error}): enable it in the controller's security settings"
        ) from None


def _asked(link: socket.socket, kind: str, body: bytes, deadline: float) -> bytes:
    """Send one message and return the body of the answer."""
    link.sendall(struct.pack(">HB", 3 + len(body), ord(kind)) + body)
    return _next(link, kind, deadline)


def _next(link: socket.socket, kind: str, deadline: float) -> bytes:
    """Return the body of the next message of a kind."""
    while True:
        size, found = struct.unpack(">HB", _exactly(link, 3, deadline))
        body = _exactly(link, max(size - 3, 0), deadline)
        if found == ord(kind):
            return body


def _exactly(link: socket.socket, count: int, deadline: float) -> bytes:
    """Return a number of bytes.

    Raises:
        OSError: If they do not come before the deadline [s].
    """
    data = b""
    while len(data) < count:
        link.settimeout(max(deadline - time.monotonic(), 0.001))
        received = link.recv(count - len(data))
        if not received:
            raise ConnectionResetError("the link was closed")
        data += received
    return data
