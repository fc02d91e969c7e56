"""What a fake controller does apart from talking: its program, its arm, its safety system, its clock."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from pushgrasp.deploy.fake.controller.backend import ArmBackend
from pushgrasp.deploy.fake.controller.motion import Halt, Motion
from pushgrasp.deploy.fake.controller.program import Program, Registers, Tool, offset_of
from pushgrasp.deploy.fake.controller.safety import SafetyState
from pushgrasp.settings import NotNegative, Positive, Range, Settings

STOPPED, PLAYING, PAUSED = 1, 2, 4
"""``runtime_state`` of RTDE."""


@dataclass(frozen=True)
class MachineCfg(Settings):
    """A controller."""

    version: tuple[int, int, int, int] = (5, 12, 4, 1101319)
    """PolyScope."""
    serial_number: str = "20215500001"
    remote_control: bool = True
    """Whether it takes programs from outside."""
    rate: Annotated[float, Range(least=50, most=500)] = 125.0
    """How often it measures, moves and reports [Hz]."""
    begin: NotNegative = 0.05
    """From the end of an upload to the program's first command [s]."""
    program_stop: Positive = 4.0
    """Deceleration when a program is stopped [rad/s^2]."""
    safety_stop: Positive = 10.0
    """Deceleration of protective and emergency stops [rad/s^2]."""
    protective_pauses: bool = True
    """Whether a protective stop pauses the program; otherwise it ends it."""


class Machine:
    """A controller without its sockets."""

    def __init__(self, backend: ArmBackend, cfg: MachineCfg | None = None) -> None:
        """Switch it on, with its arm at rest."""
        self.cfg = cfg or MachineCfg()
        self.registers = Registers()
        self.tool = Tool()
        self.safety = SafetyState.NORMAL
        self.slider = 1.0
        """Of the pendant, 0 to 1."""
        self.clock = 0.0
        """Since it was switched on [s]."""
        self.uploads = 0
        """Programs that it took."""
        self.asked_to_stop: float | None = None
        """When a client first asked the last program to stop, by ``time.monotonic()`` [s]."""
        self.runtime_state = STOPPED
        self._backend = backend
        self.measured = backend.measure()
        """Joint angles, velocities, force and TCP (:class:`ArmBackend`)."""
        self.target = self.measured[0]
        """Of the arm [rad], shape (6,)."""
        self._program: Program | None = None
        self._pending: tuple[int, float] | None = None
        self._halt: Motion = Halt(self.target, np.zeros(6), 1.0)
        self._heard = 0.0

    @property
    def running(self) -> bool:
        """Whether the program runs."""
        return self.runtime_state == PLAYING

    def upload(self, text: str) -> bool:
        """Take a program's text; return whether it was complete. In local mode and after a stop nothing comes of it."""
        offset = offset_of(text)
        if offset is None:
            return False
        if self.cfg.remote_control and self.safety is SafetyState.NORMAL:
            self.stop_program()
            self.uploads, self.asked_to_stop = self.uploads + 1, None
            self._pending = (offset, self.clock + self.cfg.begin)
        return True

    def written(self, names: list[str]) -> None:
        """Take note that a client has written inputs."""
        if self._program is not None and self.running and self._program.command_register in names:
            self._heard = self.clock
            if self._program.is_asked_to_stop():
                self.note_stop()
            self._program.obey()

    def note_stop(self) -> None:
        """Take note that a client has asked for a stop."""
        self.asked_to_stop = self.asked_to_stop or time.monotonic()

    def step(self, dt: float) -> None:
        """Go on by ``dt`` [s]."""
        self.clock += dt
        self._begin_pending()
        self._check_program()
        motion_of = self._program.step if self._program is not None and self.running else self._halt.step
        self.target = motion_of(dt, self.slider)
        self._backend.target(self.target)
        self.measured = self._backend.measure()

    def stop_program(self, deceleration: float | None = None) -> None:
        """End the program, coming to rest; deceleration [rad/s^2], that of a program's stop by default."""
        self._rest(deceleration or self.cfg.program_stop)
        self._program, self._pending = None, None
        self.runtime_state = STOPPED

    def protective_stop(self) -> None:
        """Stop for safety until the operator releases it."""
        self.safety = SafetyState.PROTECTIVE_STOP
        if self.cfg.protective_pauses and self.running:
            self._rest(self.cfg.safety_stop)
            self.runtime_state = PAUSED
        else:
            self.stop_program(self.cfg.safety_stop)

    def emergency_stop(self) -> None:
        """Stop because somebody has pressed the button."""
        self.safety = SafetyState.EMERGENCY_STOP
        self.stop_program(self.cfg.safety_stop)

    def release(self) -> None:
        """Release a stop; a program that was paused stays so."""
        self.safety = SafetyState.NORMAL

    def _begin_pending(self) -> None:
        """Begin a program that was uploaded."""
        if self._pending is not None and self.clock >= self._pending[1]:
            self._program = Program(self._pending[0], self.registers, self.tool, self.target, self.protective_stop)
            self._pending = None
            self.runtime_state = PLAYING

    def _check_program(self) -> None:
        """Stop a program that has ended, or whose client is silent."""
        program = self._program
        if program is None or not self.running:
            return
        silent = program.watchdog is not None and self.clock - self._heard > 1 / program.watchdog
        if program.ended or silent:
            self.stop_program()

    def _rest(self, deceleration: float) -> None:
        """Bring the target to rest, unless that goes on already."""
        if self.running and self._program is not None:
            self._halt = Halt(self.target, self._program.motion.velocity(), deceleration)
