"""The dashboard server of a UR controller, asked over a connection of its own each time."""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass

from pushgrasp.deploy.devices import DeviceFault

DASHBOARD_PORT = 29999
OLDEST = (5, 9, 4)
"""Oldest PolyScope of the e-Series that is supported."""


@dataclass(frozen=True)
class Dashboard:
    """What an operator can ask and tell a controller without a program."""

    name: str
    """Of the arm, for messages."""
    address: str
    port: int = DASHBOARD_PORT
    timeout: float = 1.0
    """For each question, connecting included [s]."""

    def ask(self, command: str) -> str:
        """Send one command and return the answer.

        Raises:
            DeviceFault: If none comes in time.
        """
        deadline = time.monotonic() + self.timeout
        try:
            with socket.create_connection((self.address, self.port), self.timeout) as link:
                _read_line(link, deadline)  # greeting
                link.sendall(f"{command}\n".encode())
                return _read_line(link, deadline)
        except (OSError, UnicodeDecodeError) as error:
            raise DeviceFault(
                f"{self.name}: no dashboard at {self.address}:{self.port} ({error}): is the controller on and the "
                "address right?"
            ) from None

    def version(self) -> tuple[int, ...]:
        """Return the version of PolyScope: (5, 12, 4).

        Raises:
            DeviceFault: If it says none.
        """
        answer = self.ask("PolyscopeVersion")
        found = re.search(r"(\d+)\.(\d+)\.(\d+)", answer)
        if found is None:
            raise DeviceFault(f"{self.name}: PolyScope's version is not among {answer!r}")
        return tuple(map(int, found.groups()))

    def serial_number(self) -> str:
        """Return the controller's serial number."""
        return self.ask("get serial number")

    def remote_control(self) -> bool:
        """Return whether the controller takes programs from outside."""
        return self.ask("is in remote control").strip().lower() == "true"

    def safety_status(self) -> str:
        """Return the state of the safety system: NORMAL, PROTECTIVE_STOP..."""
        return self.ask("safetystatus").rpartition(":")[2].strip()

    def stop(self) -> bool:
        """Stop whatever program runs; return whether the controller says so.

        Raises:
            DeviceFault: If it does not answer.
        """
        return self.ask("stop").startswith("Stopped")

    def unlock_protective_stop(self) -> None:
        """Release a protective stop; only ever on the word of an operator who has looked at the cell.

        Raises:
            DeviceFault: If the controller does not release it.
        """
        answer = self.ask("unlock protective stop")
        if not answer.startswith("Protective stop releasing"):
            raise DeviceFault(f"{self.name}: the protective stop stays: {answer}")

    def require_ready(self) -> None:
        """Refuse a controller that is too old, in local mode, or stopped for safety.

        Raises:
            DeviceFault: Saying what the operator has to do.
        """
        self.require_version()
        if not self.remote_control():
            raise DeviceFault(f"{self.name}: the controller is in local mode: switch the pendant to remote control")
        status = self.safety_status()
        if status not in ("NORMAL", "REDUCED"):
            raise DeviceFault(f"{self.name}: the safety system says {status}: clear it on the pendant first")

    def require_version(self) -> None:
        """Refuse a PolyScope that is not of the e-Series or older than what is supported.

        Raises:
            DeviceFault: Naming both versions.
        """
        version = self.version()
        if version[0] != OLDEST[0] or version < OLDEST:
            raise DeviceFault(
                f"{self.name}: PolyScope {'.'.join(map(str, version))}; an e-Series with "
                f"{'.'.join(map(str, OLDEST))} or later below {OLDEST[0] + 1} is needed"
            )


def _read_line(link: socket.socket, deadline: float) -> str:
    """Return one line without its end.

    Raises:
        OSError: If it does not come before the deadline [s], or the link ends.
    """
    line = b""
    while not line.endswith(b"\n"):
        link.settimeout(max(deadline - time.monotonic(), 0.001))
        received = link.recv(1)
        if not received:
            raise ConnectionResetError("the link was closed")
        line += received
    return line.decode().strip()
