"""Faults of fake controllers on request, from Python or as lines of text."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pushgrasp.deploy.fake.controller.controller import Controller


class Faults:
    """What can go wrong with one controller."""

    def __init__(self, controller: Controller) -> None:
        """Act on a controller."""
        self._controller = controller

    def protective_stop(self) -> None:
        """Stop as after a collision."""
        with self._controller.lock:
            self._controller.machine.protective_stop()

    def emergency_stop(self) -> None:
        """Press the emergency stop."""
        with self._controller.lock:
            self._controller.machine.emergency_stop()

    def release(self) -> None:
        """Release either stop, as an operator does at the pendant."""
        with self._controller.lock:
            self._controller.machine.release()

    def drop_links(self) -> None:
        """End all connections; new ones are taken at once."""
        self._controller.drop_links()

    def unplug(self) -> None:
        """Pull the cable: nothing comes in or goes out, while the controller goes on."""
        with self._controller.lock:
            self._controller.unplugged = True

    def freeze(self) -> None:
        """Let controller and arm's target stand still, its connections open."""
        with self._controller.lock:
            self._controller.frozen = True

    def mute(self) -> None:
        """Let what the controller sends get lost."""
        with self._controller.lock:
            self._controller.mute = True

    def unfreeze(self) -> None:
        """Undo :meth:`freeze`, :meth:`mute` and :meth:`unplug`."""
        with self._controller.lock:
            self._controller.frozen = self._controller.mute = self._controller.unplugged = False

    def slider(self, value: float) -> None:
        """Set the speed slider, 0 to 1.

        Raises:
            ValueError: If it is outside.
        """
        if not 0 <= value <= 1:
            raise ValueError(f"slider {value}: 0 to 1 is needed")
        with self._controller.lock:
            self._controller.machine.slider = value

    def take_registers(self) -> None:
        """Let another client take the first 24 input registers."""
        with self._controller.lock:
            self._controller.rtde.take_registers()

    def return_registers(self) -> None:
        """Undo :meth:`take_registers`."""
        with self._controller.lock:
            self._controller.rtde.return_registers()


def report(controller: Controller) -> dict[str, object]:
    """Return what a controller does and what was asked of it, for tests and for people."""
    with controller.lock:
        machine = controller.machine
        return {
            "script_clients": controller.script.clients,
            "register_clients": controller.rtde.writers,
            "register_holders": controller.rtde.holders,
            "uploads": machine.uploads,
            "asked_to_stop": machine.asked_to_stop,
            "running": machine.running,
            "safety": machine.safety.word,
            "payload": machine.tool.mass,
            "centre": list(machine.tool.centre),
            "tcp": list(machine.tool.tcp),
            "target": [float(angle) for angle in machine.target],
            "joints": [float(angle) for angle in machine.measured[0]],
            "velocity": [float(speed) for speed in machine.measured[1]],
        }


def obey(line: str, controllers: Mapping[str, Controller]) -> str:
    """Do what a line says: the name of a controller, a fault (or ``report``), and the slider's value.

    Args:
        line: ``left protective_stop``, ``right slider 0``, ``left report``.
        controllers: By name.

    Returns:
        ``ok``, a report as JSON, or ``error:`` and what is allowed.
    """
    name, _, rest = line.strip().partition(" ")
    fault, _, value = rest.partition(" ")
    if name not in controllers:
        return f"error: unknown controller {name!r}; controllers: {', '.join(controllers)}"
    if fault == "report":
        return json.dumps(report(controllers[name]))
    return _cause(Faults(controllers[name]), fault, value)


def _cause(faults: Faults, fault: str, value: str) -> str:
    """Bring about a fault; return the answer."""
    known = [method for method in vars(Faults) if not method.startswith("_")]
    if fault not in known:
        return f"error: unknown fault {fault!r}; faults: {', '.join([*known, 'report'])}"
    try:
        getattr(faults, fault)(*([float(value)] if fault == "slider" else []))
    except ValueError as error:
        return f"error: {error}"
    return "ok"
