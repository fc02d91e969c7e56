"""The process that holds the control link to one controller.

ur_rtde connects again by itself whenever its link ends, and uploads its program again, whether anybody asks it or
not; its constructor and destructor also hold Python's lock for up to a second. In a process of its own it can be
ended at any time, and holds up nobody.

The parent's end of a socket sends one message for each call and gets one answer: nothing for success, a text for a
failure. When the parent is gone, the arm is stopped.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

from pushgrasp.deploy.ur.rtde import ur_rtde

SET_POINT = struct.Struct("<7d")
"""Joint angles [rad] and how long they hold [s]."""
OPENING = struct.Struct("<d4d6dddd?")
"""Frequency, payload with its centre, TCP, look-ahead, gain, watchdog, whether the upper registers are used."""
STOP = struct.Struct("<d")
"""Deceleration [rad/s^2]."""

WAIT = 0.02
"""How often the watchdog is kept quiet before the first set-point [s]."""


class Control:
    """ur_rtde's control of one controller."""

    def __init__(self, address: str, opening: bytes) -> None:
        """Connect, upload the program, tell it the tool and set the watchdog.

        Raises:
            RuntimeError: If the controller does not take something.
        """
        frequency, mass, *numbers, upper = OPENING.unpack(opening)
        centre, tcp = numbers[:3], numbers[3:9]
        self._lookahead, self._gain, watchdog = numbers[9:]
        interface = ur_rtde("rtde_control").RTDEControlInterface
        flags = interface.FLAG_UPLOAD_SCRIPT | (interface.FLAG_UPPER_RANGE_REGISTERS if upper else 0)
        self._link: Any = interface(address, frequency, flags)
        if not self._link.setPayload(mass, centre):
            raise RuntimeError("the controller does not take the payload")
        if not self._link.setTcp(tcp) or max(map(_apart, self._link.getTCPOffset(), tcp)) > 1e-6:
            raise RuntimeError("the controller does not take the TCP")
        if not self._link.setWatchdog(watchdog):
            raise RuntimeError("the controller does not take the watchdog")

    def servo(self, message: bytes) -> None:
        """Send a set-point.

        Raises:
            RuntimeError: If it is not taken.
        """
        *joints, dt = SET_POINT.unpack(message)
        taken = self._link.servoJ(joints, 0.0, 0.0, dt, self._lookahead, self._gain)
        if not taken or not self._link.isConnected():
            raise RuntimeError("the controller does not take set-points")

    def wait(self) -> None:
        """Keep the watchdog quiet while the arm has not been given a set-point yet."""
        self._link.kickWatchdog()

    def stop(self, deceleration: float) -> None:
        """Come to rest and end the program.

        Raises:
            RuntimeError: If the controller does not say that it has done so.
        """
        stopped = self._link.servoStop(deceleration)
        self._link.stopScript()
        if not stopped:
            raise RuntimeError("the controller does not take the stop")


def main(descriptor: int, address: str) -> None:
    """Serve the parent until it says stop or is gone.

    Args:
        descriptor: Of the socket to the parent.
        address: Of the controller.
    """
    parent = socket.socket(fileno=descriptor)
    opened: list[Control] = []
    alive = _answer(parent, lambda: opened.append(Control(address, parent.recv(1024))))
    parent.settimeout(WAIT)
    while alive:
        control = opened[0]
        message = _next(parent, control.wait)
        if len(message) != SET_POINT.size:
            deceleration = STOP.unpack(message)[0] if message else 10.0
            _answer(parent, lambda: control.stop(deceleration))  # noqa: B023 - called at once
            alive = False
        else:
            parent.settimeout(None)  # from now on a parent that stands still has the arm stopped by the watchdog
            _answer(parent, lambda: control.servo(message))  # noqa: B023 - called at once


def _next(parent: socket.socket, wait: Callable[[], None]) -> bytes:
    """Return the parent's next message, nothing when it is gone; ``wait`` is called whenever its time runs out."""
    while True:
        try:
            return parent.recv(1024)
        except TimeoutError:
            wait()
        except OSError:
            return b""


def _answer(parent: socket.socket, call: Callable[[], object]) -> bool:
    """Make a call and tell the parent how it went; return whether it went well."""
    try:
        call()
        text = b"ok"
    except Exception as error:  # of C++, of any type
        text = str(error).encode()[:4000] or b"failed"
    try:
        parent.send(text)
    except OSError:  # the parent is gone, which the next message says
        return text == b"ok"
    return text == b"ok"


def _apart(one: float, other: float) -> float:
    """Return how far two numbers are apart."""
    return abs(one - other)


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), sys.argv[2])
    finally:
        os._exit(0)  # ur_rtde's destructors may wait for ever; the system closes its links
