"""How a camera's server and its client talk: parts of bytes over TCP, each behind its length (4 bytes, big endian).

The server begins with one part, JSON: ``{"protocol": PROTOCOL, "intrinsics": 3 x 3, "width": w, "height": h}``.
For each part ``NEXT`` of the client it answers with three: JSON ``{"number": n, "after": seconds}``, colour (h * w * 3
bytes) and depth [m] (h * w float32, little endian). ``after`` says how long after the question came the picture was
taken, and is negative for an older one: counted from when the client asked, no delay makes a picture look newer than
it is.
"""

from __future__ import annotations

import socket
import struct

PROTOCOL = "pushgrasp-camera-1"
"""First word of the server; another version has another one."""

NEXT = b"next"
"""Asks for a new picture."""

LONGEST = 1 << 26
"""No part is longer [bytes]."""

_LENGTH = struct.Struct(">I")


def send_parts(link: socket.socket, *parts: bytes) -> None:
    """Send parts, each behind its length.

    Raises:
        OSError: If the link is gone or does not take them in time.
    """
    for part in parts:
        link.sendall(_LENGTH.pack(len(part)))
        link.sendall(part)


def receive_part(link: socket.socket) -> bytes:
    """Receive one part.

    Raises:
        OSError: If the link is gone, nothing comes in time, or a length is out of range.
    """
    (length,) = _LENGTH.unpack(_receive(link, _LENGTH.size))
    if length > LONGEST:
        raise ConnectionError(f"a part of {length} bytes is announced: this is no camera's server")
    return _receive(link, length)


def _receive(link: socket.socket, count: int) -> bytes:
    """Receive so many bytes."""
    content = bytearray(count)
    view = memoryview(content)
    while view:
        got = link.recv_into(view)
        if not got:
            raise ConnectionError("closed by the other side")
        view = view[got:]
    return bytes(content)
