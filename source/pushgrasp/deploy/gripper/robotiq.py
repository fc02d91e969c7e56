"""A Robotiq two-finger gripper at the URCap of its arm's controller."""

from __future__ import annotations

import time
from collections.abc import Callable

from pushgrasp.deploy.devices import Contact, DeviceFault, GripperState
from pushgrasp.deploy.gripper.cfg import RobotiqCfg
from pushgrasp.deploy.gripper.poller import Poller, Registers
from pushgrasp.deploy.gripper.urcap import UrcapLink
from pushgrasp.deploy.gripper.width_table import WidthTable

CONTACTS = (Contact.MOVING, Contact.OPENING, Contact.CLOSING, Contact.ARRIVED)
"""What the values of OBJ mean."""

FAULTS = {
    5: "it has to be activated before it moves",
    7: "it has to be activated before it moves",
    8: "too hot: let it cool down",
    9: "it has heard nothing for a second: look at its cable",
    10: "its supply voltage is too low",
    11: "automatic release under way",
    12: "internal fault: switch its power off and on",
    13: "activation failed: look for something between the jaws",
    14: "overcurrent",
    15: "automatic release done: activate it again",
}
"""What the values of FLT mean, and what to do."""


class RobotiqGripper:
    """A gripper whose state is asked for in the background; see :class:`pushgrasp.deploy.devices.Gripper`."""

    def __init__(self, cfg: RobotiqCfg) -> None:
        """Connect and wait for the first state; nothing moves.

        Raises:
            DeviceFault: If it cannot be reached or gives no state.
        """
        self._cfg = cfg
        self._table = WidthTable(cfg.table)
        self._wanted: tuple[int, int] | None = None  # number of the last command to move, and its POS
        link = UrcapLink(cfg.name, cfg.address, cfg.port, cfg.connecting)
        self._poller = Poller(cfg.name, link, 1.0 / cfg.rate, cfg.stale)
        try:
            self._poller.first(cfg.connecting)
        except DeviceFault:
            self.close()
            raise

    @property
    def name(self) -> str:
        """How people and messages call it."""
        return self._cfg.name

    def state(self) -> GripperState:
        """Return what it said last, without waiting; it is asked again in the background.

        Raises:
            DeviceFault: If it has been silent too long, its link is lost or it answers without values.
        """
        registers = self._poller.latest()
        return GripperState(
            received=registers.received,
            width=self._table.width(registers.values["POS"]),
            contact=self._contact(registers),
            fault=registers.values["FLT"] & 0x0F,  # the upper four bits belong to a controller that is not there
            active=registers.active,
        )

    def activate(self) -> None:
        """Make it ready; its jaws sweep their whole way, so people are asked first. Waits until it is done.

        A gripper that is active and without fault stays as it is.

        Raises:
            DeviceFault: If it does not become ready in time.
        """
        state = self.state()
        if state.active and not state.fault:
            return
        self._wanted = None
        until = time.monotonic() + self._cfg.activation
        self._poller.send(ACT=0, ATR=0)
        self._await(until, "it does not let itself be reset", lambda registers: registers.values["STA"] == 0)
        self._poller.send(ACT=1)
        self._await(until, "it does not become active", lambda registers: registers.active)

    def move(self, width: float, speed: float) -> None:
        """Begin to bring the jaws to an opening [m], at a speed of the opening [m/s]; does not wait.

        Both are taken as near as the gripper comes to them. Until it has echoed the command, its contact is MOVING.

        Raises:
            ValueError: If the opening is negative, or one of them not finite.
            DeviceFault: If it is silent, not active or has a fault; one that refuses shows in the next :meth:`state`.
        """
        position, pace = self._table.position(width), self._cfg.speed_number(speed)
        self._require_ready()
        number = self._poller.send(GTO=1, SPE=pace, FOR=self._cfg.force, POS=position)
        self._wanted = (number, position)

    def close(self) -> None:
        """End the link; the jaws stay as they are. Never raises."""
        self._poller.close()

    def _contact(self, registers: Registers) -> Contact:
        """What the jaws have met since the last command."""
        if self._wanted:
            number, position = self._wanted
            if registers.commands < number or registers.values["PRE"] != position:
                return Contact.MOVING
        return CONTACTS[registers.values["OBJ"] & 0b11]

    def _require_ready(self) -> None:
        state = self.state()
        if not state.active:
            raise DeviceFault(f"{self.name}: not active: activate it first; its jaws will sweep their whole way")
        if state.fault:
            meaning = FAULTS.get(state.fault, "unknown: see the gripper's manual")
            raise DeviceFault(f"{self.name}: fault {state.fault}: {meaning}")

    def _await(self, until: float, what: str, reached: Callable[[Registers], bool]) -> None:
        """Wait for a state."""
        while not reached(registers := self._poller.latest()):
            if time.monotonic() > until:
                values = " ".join(f"{variable} {value}" for variable, value in registers.values.items())
                remedy = "look at its light and whether something is between the jaws"
                raise DeviceFault(f"{self.name}: {what} within {self._cfg.activation:g} s ({values}): {remedy}")
            time.sleep(1.0 / self._cfg.rate)
