"""The program that ur_rtde uploads, as far as a client sees it: commands in registers, answers in registers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from pushgrasp.deploy.fake.controller.motion import Halt, Line, Motion, Servo

REGISTERS = 48
REAL_TIME = {6, 9, 10, 11, 24, 25, 26, 27, 38, 58, *range(66, 72)}
"""Commands that are taken without a word."""
STOPS = (16, 33, 34, 255)
"""Commands that bring the arm to rest."""
READY, DONE = 1, 2
"""What output register 0 says."""
MARKER = "RTDE Control Script Terminated"
"""Near the end of the program's text."""
UPPER = 24
"""First of the upper registers; the text says so in a line of its own, which ur_rtde puts in front of another."""
RUNNING = 1 << 15
"""Bit of the asynchronous status while a motion runs."""


@dataclass
class Registers:
    """Where clients and program write to each other."""

    input_int: list[int] = field(default_factory=lambda: [0] * REGISTERS)
    input_double: list[float] = field(default_factory=lambda: [0.0] * REGISTERS)
    output_int: list[int] = field(default_factory=lambda: [0] * REGISTERS)
    output_double: list[float] = field(default_factory=lambda: [0.0] * REGISTERS)


@dataclass
class Tool:
    """What the controller was told of the tool."""

    mass: float = 0.0
    """[kg]."""
    centre: tuple[float, ...] = (0.0, 0.0, 0.0)
    """Centre of gravity in the frame of the flange [m]."""
    tcp: tuple[float, ...] = (0.0,) * 6
    """In the frame of the flange: position [m] and rotation vector [rad]."""


def offset_of(text: str) -> int | None:
    """Return from which register on a complete program works; None for a text that is not complete."""
    if MARKER not in text or not re.search(r"\bend\s*(run program\s*)?$", text):
        return None
    return UPPER if re.search(rf"^(\s*{UPPER}|.*reg_offset_int\s*=\s*{UPPER})\b", text, re.MULTILINE) else 0


class Program:
    """One run of the program; it ends when a client or the controller ends it."""

    def __init__(
        self, offset: int, registers: Registers, tool: Tool, q: np.ndarray, protect: Callable[[], None]
    ) -> None:
        """Begin.

        Args:
            offset: First register that it works with.
            registers: Of the controller.
            tool: What ``set_payload`` and ``set_tcp`` write to.
            q: The target of the arm [rad], shape (6,).
            protect: Brings about a protective stop.
        """
        self.ended = False
        """Whether it has come to its end by itself."""
        self.watchdog: float | None = None
        """How often a client has to write the command's register [Hz]."""
        self.motion: Motion = Halt(q, np.zeros(6), 1.0)
        self._offset, self._registers, self._tool, self._protect = offset, registers, tool, protect
        self._q = q
        self._executing = False
        self._waiting = False
        self._operation = 0
        self._say(0, READY)
        self._say(2, 0)

    @property
    def command_register(self) -> str:
        """Name of the input that holds the command; the watchdog looks at it."""
        return f"input_int_register_{self._offset}"

    def is_asked_to_stop(self) -> bool:
        """Return whether the command's register holds a stop, or the program's end."""
        return self._int(0) in STOPS

    def obey(self) -> None:
        """Look at the command's register and do what it says."""
        number = self._int(0)
        if number in REAL_TIME:
            self._execute(number)
            self._say(0, READY)
        elif number == 0:
            if not self._waiting:
                self._executing = False
                self._say(0, READY)
        elif not self._executing:
            self._executing = True
            self._execute(number)
            self._say_done()

    def step(self, dt: float, scaling: float) -> np.ndarray:
        """Go on by ``dt`` [s]; return the arm's target [rad], shape (6,)."""
        self._q = self.motion.step(dt, scaling)
        if self.motion.done():
            self._say(2, self._operation << 24)
            if self._waiting:
                self._waiting = False
                self._say_done()
        return self._q

    def _execute(self, number: int) -> None:
        """Do one command."""
        commands = {
            1: self._move_j,
            11: self._servo_j,
            16: self._servo_stop,
            17: self._set_payload,
            29: self._set_tcp,
            31: self._protect,
            33: self._stop_motion,
            34: self._stop_motion,
            35: self._set_watchdog,
            36: self._within_limits,
            37: self._within_limits,
            40: self._get_tcp,
            255: self._end,
        }
        commands.get(number, self._end)()  # a command that it does not know ends the program, as an error does

    def _move_j(self) -> None:
        self._begin(Line(self._q, self._joints(), self._double(6), self._double(7)), wait=not self._int(1))

    def _servo_j(self) -> None:
        if not isinstance(self.motion, Servo):
            self.motion = Servo(self._q)
        self.motion.follow(self._joints(), self._double(8))

    def _servo_stop(self) -> None:
        self._begin(Halt(self._q, self.motion.velocity(), self._double(0) or 10.0), wait=True)

    def _stop_motion(self) -> None:
        self._begin(Halt(self._q, self.motion.velocity(), self._double(0) or 2.0), wait=not self._int(1))

    def _set_payload(self) -> None:
        self._tool.mass = self._double(0)
        self._tool.centre = tuple(self._double(index) for index in (1, 2, 3))

    def _set_tcp(self) -> None:
        self._tool.tcp = tuple(self._joints())

    def _get_tcp(self) -> None:
        first = self._offset
        self._registers.output_double[first : first + 6] = list(self._tool.tcp)

    def _set_watchdog(self) -> None:
        self.watchdog = self._double(0)

    def _within_limits(self) -> None:
        self._say(1, 1)

    def _end(self) -> None:
        self.ended = True

    def _begin(self, motion: Motion, wait: bool) -> None:
        """Take up a motion, and answer its command when it is over or at once."""
        self.motion = motion
        self._waiting = wait
        self._operation = self._operation % 127 + 1
        self._say(2, self._operation << 24 | RUNNING)

    def _say_done(self) -> None:
        """Answer a command, unless its motion still runs."""
        if not self._waiting:
            self._say(0, DONE)

    def _joints(self) -> np.ndarray:
        """Return the first six numbers, shape (6,)."""
        return np.array(self._registers.input_double[self._offset : self._offset + 6])

    def _double(self, index: int) -> float:
        return self._registers.input_double[self._offset + index]

    def _int(self, index: int) -> int:
        return self._registers.input_int[self._offset + index]

    def _say(self, index: int, value: int) -> None:
        """Write to an output register."""
        self._registers.output_int[self._offset + index] = value
