"""Questions and commands to the socket of Robotiq's URCap, in its words, one at a time."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from typing import NoReturn

from pushgrasp.deploy.devices import DeviceFault

PAUSE = 0.02
"""An answer without a line's end is whole when nothing more has come for so long [s]."""

_VALUE = re.compile(rb"\s*([A-Z]{3}) +(\d{1,3})\s*")
_WITHOUT = re.compile(rb"\s*[A-Z]{3} *\??\s*")


class UrcapLink:
    """A connection to the URCap; whatever goes wrong on it is a :class:`DeviceFault` and ends it."""

    def __init__(self, name: str, address: str, port: int, patience: float) -> None:
        """Connect.

        Args:
            name: How messages call the gripper.
            address: Of the controller.
            port: Of the URCap.
            patience: Longest wait for the link, and for each answer [s].

        Raises:
            DeviceFault: If nothing listens there.
        """
        self._name = name
        try:
            self._socket = socket.create_connection((address, port), timeout=patience)
        except OSError as error:
            remedy = "is the controller on, and the Robotiq URCap installed and active?"
            raise DeviceFault(f"{name}: no gripper at {address}:{port} ({error}); {remedy}") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._patience = patience

    def get(self, variable: str) -> int:
        """Return the value of a variable.

        Raises:
            DeviceFault: If the link is gone, the answer is late, without a value or none to this question.
        """
        answer = self._ask(f"GET {variable}\n".encode())
        found = _VALUE.fullmatch(answer)
        if found and found[1].decode() == variable:
            return int(found[2])
        if _WITHOUT.fullmatch(answer):
            remedy = "release the emergency stop, switch the arm on, activate the gripper, begin a new session"
            self._fail(f"answers without a value ({answer.decode().strip()!r}), as after an emergency stop: {remedy}")
        self._fail(f"GET {variable} was answered by {answer[:40]!r}: does another program use the URCap's socket?")

    def set(self, **values: int) -> None:
        """Set variables, all at once.

        Raises:
            DeviceFault: If the link is gone, or the command is not acknowledged.
        """
        words = " ".join(f"{variable} {value}" for variable, value in values.items())
        answer = self._ask(f"SET {words}\n".encode())
        if answer.strip() != b"ack":
            self._fail(f"does not acknowledge {words!r}, it says {answer[:40]!r}: look at the URCap on the pendant")

    def close(self) -> None:
        """End the link; a question under way fails at once."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _ask(self, question: bytes) -> bytes:
        """Send a line and return the answer to it."""
        try:
            self._socket.sendall(question)
            return self._answer()
        except TimeoutError:
            self._fail(f"silent for {self._patience:g} s: look at the controller, the URCap and the gripper's cable")
        except OSError as error:
            self._fail(f"the link is lost ({error}): look at the network and the controller, begin a new session")

    def _answer(self) -> bytes:
        """Read one answer: "ack", or the words up to a line's end or, where none is sent, a pause.

        Raises:
            OSError: If it does not come in time, or the link is gone.
        """
        answer, until = b"", time.monotonic() + self._patience
        while not answer.endswith(b"\n") and answer != b"ack":
            left = until - time.monotonic()
            self._socket.settimeout(PAUSE if answer else max(left, 1e-3))
            try:
                part = self._socket.recv(256)
            except TimeoutError:
                if answer:
                    break
                raise
            if not part:
                raise ConnectionError("closed by the other side")
            answer = (answer + part).lstrip()
            if left < 0.0:
                raise TimeoutError
        return answer

    def _fail(self, what: str) -> NoReturn:
        self.close()
        raise DeviceFault(f"{self._name}: {what}")
