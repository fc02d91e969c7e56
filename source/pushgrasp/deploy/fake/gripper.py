"""A Robotiq gripper's URCap on loopback, with a simulated gripper behind it."""

from __future__ import annotations

import re
import socketserver
import threading
import time
from enum import Enum
from typing import Protocol

from pushgrasp.deploy.devices import Contact

OBJECT = {Contact.MOVING: 0, Contact.OPENING: 1, Contact.CLOSING: 2, Contact.ARRIVED: 3}
"""Values of OBJ."""

OPEN, CLOSED = 3, 230
"""POS of jaws that are wide open and shut."""

STROKE = 0.140
"""Opening at POS 3 [m]."""

SPEEDS, FORCES = (0.030, 0.250), (10.0, 125.0)
"""Speed of the opening [m/s] and force [N] at 0 and at 255."""

ECHO = 0.02
"""From a command to its echo and to an OBJ that belongs to it [s]."""

_PAIR = re.compile(r"([A-Z]{3}) (\d{1,3})")


class GripperBackend(Protocol):
    """The simulated gripper."""

    def width(self) -> float:
        """Return the opening [m]."""
        ...

    def target(self, width: float, speed: float, force: float) -> None:
        """Begin to move to an opening [m] at a speed of the opening [m/s], with at most a force [N]."""
        ...

    def contact(self) -> Contact:
        """Return what the jaws have met since the last target."""
        ...


class GripperTrouble(Enum):
    """What can go wrong with it."""

    SILENT = "silent"
    """It hears everything and answers nothing."""
    DROPPED = "dropped"
    """It ends every link."""
    NO_VALUES = "no values"
    """It answers with question marks, as after an emergency stop."""


class GripperServer:
    """The URCap's socket; any number of clients, one gripper."""

    def __init__(
        self, backend: GripperBackend, address: str = "127.0.0.1", port: int = 0, active: bool = False
    ) -> None:
        """Listen and answer in the background.

        Args:
            backend: The simulated gripper; called from the server's threads, one call at a time.
            address: Where to listen.
            port: Where to listen; 0: any free one.
            active: Whether it has been activated already.

        Raises:
            OSError: If the port is taken.
        """
        self.trouble: GripperTrouble | None = None
        """What goes wrong from now on; may be set at any time, from any thread."""
        self._registers = _Registers(backend, active)
        self._lock = threading.Lock()
        self._server = _Server((address, port), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_address[1]

    def close(self) -> None:
        """Listen no more; links that are open end with their next question."""
        self.trouble = GripperTrouble.DROPPED
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, line: str) -> str:
        """Return the answer to a line; nothing for what the URCap would not understand."""
        verb, _, rest = line.strip().partition(" ")
        if verb == "GET":
            value = "?" if self.trouble is GripperTrouble.NO_VALUES else self._registers.get(rest)
            return f"{rest} {value}\n"
        if verb == "SET" and (pairs := _PAIR.findall(rest)):
            self._registers.set({variable: int(value) for variable, value in pairs})
            return "ack"
        return ""

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        """Return the class that serves one link."""
        server = self

        class Link(socketserver.StreamRequestHandler):
            disable_nagle_algorithm = True

            def handle(self) -> None:
                for line in self.rfile:
                    if server.trouble is GripperTrouble.DROPPED:
                        return
                    if server.trouble is not GripperTrouble.SILENT:
                        with server._lock:
                            answer = server._answer(line.decode("ascii", "replace"))
                        self.wfile.write(answer.encode())

        return Link


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes in the middle of an answer is nothing to report."""


class _Registers:
    """The gripper's variables, as far as the socket shows them."""

    def __init__(self, backend: GripperBackend, active: bool) -> None:
        self._backend = backend
        position = _position(backend.width())
        self._values = {"ACT": int(active), "GTO": int(active), "ATR": 0, "FLT": 0, "SPE": 255, "FOR": 0}
        self._values |= {"POS": position, "PRE": position}
        self._sweep: list[float] = []
        self._status = 3 if active else 0
        self._before = {"PRE": position, "OBJ": 3}
        self._echo = 0.0

    def get(self, variable: str) -> int | str:
        """Value of a variable; "?" where it has none."""
        self._advance()
        if variable == "POS":
            return _position(self._backend.width())
        if variable in self._before and time.monotonic() < self._echo:
            return self._before[variable]
        if variable == "OBJ":
            return OBJECT[self._backend.contact()]
        return self._status if variable == "STA" else self._values.get(variable, "?")

    def set(self, values: dict[str, int]) -> None:
        """Take a command."""
        now = {"PRE": int(self.get("PRE")), "OBJ": int(self.get("OBJ"))}
        was_active = self._values["ACT"]
        self._values |= values
        if not self._values["ACT"]:
            self._values |= {"GTO": 0}
            self._status, self._sweep = 0, []
        elif not was_active:
            self._status, self._sweep = 1, [0.0, STROKE]
            self._backend.target(self._sweep[0], SPEEDS[1], FORCES[0])
        elif self._status == 3 and self._values["GTO"] and "POS" in values:
            self._before, self._echo = now, time.monotonic() + ECHO
            self._values["PRE"] = values["POS"]
            speed, force = (_between(self._values[name], ends) for name, ends in (("SPE", SPEEDS), ("FOR", FORCES)))
            self._backend.target(_width(values["POS"]), speed, force)

    def _advance(self) -> None:
        """Go on with the sweep of an activation."""
        if self._sweep and self._backend.contact() is not Contact.MOVING:
            del self._sweep[0]
            if self._sweep:
                self._backend.target(self._sweep[0], SPEEDS[1], FORCES[0])
            else:
                self._status = 3


def _position(width: float) -> int:
    """POS of an opening [m]."""
    return round(OPEN + (STROKE - min(max(width, 0.0), STROKE)) / STROKE * (CLOSED - OPEN))


def _width(position: int) -> float:
    """Opening [m] at a POS."""
    return STROKE * (CLOSED - min(max(position, OPEN), CLOSED)) / (CLOSED - OPEN)


def _between(number: int, ends: tuple[float, float]) -> float:
    """Value of a register from 0 to 255."""
    return ends[0] + (ends[1] - ends[0]) * min(number, 255) / 255


class MovingJaws:
    """A gripper that only moves, at a steady speed; something between the jaws may stop them."""

    def __init__(self, width: float = STROKE, obstacle: float = 0.0) -> None:
        """Stand still.

        Args:
            width: Opening [m].
            obstacle: Breadth of what stands between the jaws [m], 0 for nothing.
        """
        self.obstacle = obstacle
        self._start, self._goal, self._speed, self._since = width, width, 1.0, time.monotonic()

    def width(self) -> float:
        """Return the opening [m]."""
        way, end = self._way()
        travelled = min(self._speed * (time.monotonic() - self._since), abs(way))
        return end - way + (travelled if way > 0 else -travelled)

    def target(self, width: float, speed: float, force: float) -> None:
        """Begin to move to an opening [m] at a speed of the opening [m/s]; the force has no effect."""
        del force
        self._start, self._goal, self._speed, self._since = self.width(), width, speed, time.monotonic()

    def contact(self) -> Contact:
        """Return what the jaws have met since the last target."""
        way, end = self._way()
        if self._speed * (time.monotonic() - self._since) < abs(way):
            return Contact.MOVING
        return Contact.ARRIVED if end == self._goal else Contact.CLOSING

    def _way(self) -> tuple[float, float]:
        """Way to go, negative where the jaws close, and where it ends [m]."""
        end = max(self._goal, min(self.obstacle, self._start))
        return end - self._start, end
