"""A thread that asks a gripper for its state, over and over, and passes commands on in between."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

from pushgrasp.deploy.devices import DeviceFault
from pushgrasp.deploy.gripper.urcap import UrcapLink

QUESTIONS = ("ACT", "STA", "FLT", "PRE", "OBJ", "POS")
"""What is asked; OBJ means something only after PRE has been heard."""


@dataclass(frozen=True)
class Registers:
    """What a gripper has answered in one round of questions."""

    received: float
    """``time.monotonic()`` of the last answer [s]."""
    commands: int
    """How many commands had been acknowledged before the first question."""
    values: dict[str, int]
    """By variable of :data:`QUESTIONS`."""

    @property
    def active(self) -> bool:
        """Whether the gripper has been activated."""
        return self.values["ACT"] == 1 and self.values["STA"] == 3


class Poller:
    """The thread, and the last round of answers."""

    def __init__(self, name: str, link: UrcapLink, period: float, stale: float) -> None:
        """Begin to ask.

        Args:
            name: How messages call the gripper.
            link: Used by this thread alone from now on.
            period: From one round of questions to the next [s].
            stale: Age from which on a round no longer counts [s].
        """
        self._name, self._link, self._period, self._stale = name, link, period, stale
        self._commands: deque[dict[str, int]] = deque()
        self._sent = 0
        self._latest: Registers | None = None
        self._fault: DeviceFault | None = None
        self._closing = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"{name} poller", daemon=True)
        self._thread.start()

    def first(self, patience: float) -> Registers:
        """Wait for the first round and return it.

        Raises:
            DeviceFault: If it does not come within ``patience`` [s], or the link fails.
        """
        with self._news:
            self._news.wait_for(lambda: self._latest or self._fault, patience)
        return self.latest()

    def latest(self) -> Registers:
        """Return the last round, without waiting.

        Raises:
            DeviceFault: If it is too old or the link has failed.
        """
        with self._news:
            fault, latest = self._fault, self._latest
        if fault:
            raise DeviceFault(str(fault)) from fault
        age = time.monotonic() - latest.received if latest else float("inf")
        if latest is None or age > self._stale:
            remedy = "look at the controller, the URCap and the gripper's cable"
            raise DeviceFault(f"{self._name}: silent for {age:.2f} s, {self._stale:g} s are allowed: {remedy}")
        return latest

    def send(self, **values: int) -> int:
        """Pass a command on as soon as the question under way is answered; return its number, counted from 1.

        Raises:
            DeviceFault: If the gripper is silent or the link has failed.
        """
        self.latest()
        with self._news:
            self._commands.append(values)
            self._news.notify_all()
            return self._sent + len(self._commands)

    def close(self) -> None:
        """End the thread and the link."""
        with self._news:
            self._closing = True
            self._news.notify_all()
        self._link.close()
        self._thread.join()

    def _run(self) -> None:
        """Ask until the end or the first fault."""
        try:
            while not self._closing:
                until = time.monotonic() + self._period
                self._publish(self._round())
                with self._news:
                    self._news.wait_for(lambda: self._closing or self._commands, until - time.monotonic())
        except DeviceFault as fault:
            with self._news:
                self._fault = fault
                self._news.notify_all()

    def _round(self) -> Registers:
        """Ask everything once; commands go in between."""
        self._pass_on()
        sent, values = self._sent, {}
        for variable in QUESTIONS:
            values[variable] = self._link.get(variable)
            self._pass_on()
        return Registers(time.monotonic(), sent, values)

    def _pass_on(self) -> None:
        """Send the commands that wait."""
        while self._commands:
            self._link.set(**self._commands[0])
            with self._news:
                self._commands.popleft()
                self._sent += 1

    def _publish(self, registers: Registers) -> None:
        with self._news:
            self._latest = registers
            self._news.notify_all()
