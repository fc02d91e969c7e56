"""RTDE: clients ask for outputs, which they get in every cycle, and write inputs."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from pushgrasp.deploy.fake.controller.link import Link
from pushgrasp.deploy.fake.controller.machine import Machine

FORMATS = {
    "INT32": "i",
    "UINT32": "I",
    "DOUBLE": "d",
    "VECTOR3D": "3d",
    "VECTOR6D": "6d",
}
"""How each type is packed."""
FIELDBUS = 24
"""How many input registers of each kind, the first ones, a fieldbus holds."""
OTHER_CLIENT = "another client"
"""Owner of registers that were taken on request."""


@dataclass
class Recipes:
    """What one client has asked for."""

    outputs: list[tuple[str, Callable[[], tuple[float, ...]]]] = field(default_factory=list)
    """Types and values."""
    every: int = 1
    """Cycles from one package to the next."""
    started: bool = False
    inputs: list[list[str]] = field(default_factory=list)
    """Names by recipe, counted from one."""


class RtdeService:
    """The RTDE port of a machine."""

    def __init__(self, machine: Machine, port: int) -> None:
        """Listen for clients."""
        self.port = port
        self.writers = 0
        """Clients so far that asked to write inputs."""
        self._machine = machine
        self._recipes: dict[Link, Recipes] = {}
        self._owners: dict[str, Link | str] = {}
        self._cycle = 0
        self._outputs = _outputs(machine)

    def connect(self, link: Link) -> None:
        """Begin with nothing asked for (:class:`Service`)."""
        self._recipes[link] = Recipes()

    def receive(self, link: Link) -> None:
        """Answer each message (:class:`Service`)."""
        while len(link.received) >= 3:
            size, kind = struct.unpack_from(">HB", link.received)
            if size < 3:
                link.open = False
                return
            if len(link.received) < size:
                return
            body, link.received = link.received[3:size], link.received[size:]
            answer = self._answer(link, chr(kind), body)
            if answer is not None:
                _send(link, chr(kind), answer)

    def tick(self, links: list[Link]) -> None:
        """Send the outputs that are due (:class:`Service`)."""
        self._cycle += 1
        for link in links:
            recipes = self._recipes[link]
            if recipes.started and self._cycle % recipes.every == 0:
                _send(link, "U", _package(recipes))

    def close(self, link: Link) -> None:
        """Free the inputs that a client held (:class:`Service`)."""
        self._recipes.pop(link, None)
        self._owners = {name: owner for name, owner in self._owners.items() if owner is not link}

    @property
    def holders(self) -> int:
        """How many clients hold inputs now."""
        return len(set(self._owners.values()))

    def take_registers(self) -> None:
        """Let another client have the input registers of a fieldbus; what their owners still write is lost."""
        names = [f"input_{kind}_register_{index}" for kind in ("int", "double") for index in range(FIELDBUS)]
        self._owners |= dict.fromkeys(names, OTHER_CLIENT)

    def return_registers(self) -> None:
        """Undo :meth:`take_registers`."""
        self._owners = {name: owner for name, owner in self._owners.items() if owner != OTHER_CLIENT}

    def _answer(self, link: Link, kind: str, body: bytes) -> bytes | None:
        """Return the answer to one message; None for one without."""
        recipes = self._recipes[link]
        if kind == "V":
            return bytes([body == b"\x00\x02"])
        if kind == "v":
            return struct.pack(">4I", *self._machine.cfg.version)
        if kind == "O":
            return self._set_outputs(recipes, body)
        if kind == "I":
            return self._add_inputs(link, recipes, _names(body))
        if kind in "SP":
            recipes.started = kind == "S"
            return b"\x01"
        if kind == "U":
            self._write(link, recipes, body)
        return None

    def _set_outputs(self, recipes: Recipes, body: bytes) -> bytes:
        """Take the outputs that a client wants; a single unknown one spoils them all."""
        (frequency,) = struct.unpack_from(">d", body)
        names = _names(body[8:])
        types = [self._outputs[name][0] if name in self._outputs else "NOT_FOUND" for name in names]
        known = "NOT_FOUND" not in types
        recipes.outputs = [self._outputs[name] for name in names] if known else []
        recipes.every = max(round(self._machine.cfg.rate / frequency), 1) if frequency > 0 else 1
        return bytes([known]) + ",".join(types).encode()

    def _add_inputs(self, link: Link, recipes: Recipes, names: list[str]) -> bytes:
        """Take the inputs that a client wants to write, if nobody else does."""
        types = [self._input_type(link, name) for name in names]
        if "NOT_FOUND" in types or "IN_USE" in types:
            return b"\x00" + ",".join(types).encode()
        self.writers += not recipes.inputs
        self._owners |= dict.fromkeys(names, link)
        recipes.inputs.append(names)
        return bytes([len(recipes.inputs)]) + ",".join(types).encode()

    def _input_type(self, link: Link, name: str) -> str:
        """Return the type of an input, or why a client does not get it."""
        found = re.fullmatch(r"input_(int|double)_register_(\d+)", name)
        if found is None or int(found.group(2)) >= len(self._machine.registers.input_int):
            return "NOT_FOUND"
        if self._owners.get(name, link) is not link:
            return "IN_USE"
        return "INT32" if found.group(1) == "int" else "DOUBLE"

    def _write(self, link: Link, recipes: Recipes, body: bytes) -> None:
        """Take in what a client writes."""
        if not 1 <= body[0] <= len(recipes.inputs):
            return
        names = recipes.inputs[body[0] - 1]
        layout = ">" + "".join("i" if name.startswith("input_int") else "d" for name in names)
        if len(body) - 1 != struct.calcsize(layout) or any(self._owners.get(name) is not link for name in names):
            return
        for name, value in zip(names, struct.unpack(layout, body[1:]), strict=True):
            values = self._machine.registers.input_int if "_int_" in name else self._machine.registers.input_double
            values[int(name.rpartition("_")[2])] = value
        self._machine.written(names)


def _outputs(machine: Machine) -> dict[str, tuple[str, Callable[[], tuple[float, ...]]]]:
    """Return types and values of all outputs by name."""
    registers = machine.registers
    named: dict[str, tuple[str, Callable[[], tuple[float, ...]]]] = {
        "timestamp": ("DOUBLE", lambda: (machine.clock,)),
        "target_q": ("VECTOR6D", lambda: tuple(machine.target)),
        "actual_q": ("VECTOR6D", lambda: tuple(machine.measured[0])),
        "actual_qd": ("VECTOR6D", lambda: tuple(machine.measured[1])),
        "actual_TCP_force": ("VECTOR6D", lambda: tuple(machine.measured[2])),
        "actual_TCP_pose": ("VECTOR6D", lambda: tuple(machine.measured[3])),
        "speed_scaling": ("DOUBLE", lambda: (1.0,)),
        "target_speed_fraction": ("DOUBLE", lambda: (machine.slider,)),
        "runtime_state": ("UINT32", lambda: (machine.runtime_state,)),
        "robot_status_bits": ("UINT32", lambda: (1 | machine.running << 1,)),
        "safety_mode": ("INT32", lambda: (machine.safety.mode,)),
        "safety_status_bits": ("UINT32", lambda: (machine.safety.bits,)),
        "payload": ("DOUBLE", lambda: (machine.tool.mass,)),
        "payload_cog": ("VECTOR3D", lambda: machine.tool.centre),
    }
    for index in range(len(registers.output_int)):
        named[f"output_int_register_{index}"] = ("INT32", lambda index=index: (registers.output_int[index],))
        named[f"output_double_register_{index}"] = ("DOUBLE", lambda index=index: (registers.output_double[index],))
    return named


def _names(body: bytes) -> list[str]:
    """Return names that are set apart by commas."""
    return [name for name in body.decode(errors="replace").split(",") if name]


def _package(recipes: Recipes) -> bytes:
    """Return the values of a client's outputs."""
    layout = ">B" + "".join(FORMATS[kind] for kind, _ in recipes.outputs)
    return struct.pack(layout, 1, *(value for _, values in recipes.outputs for value in values()))


def _send(link: Link, kind: str, body: bytes) -> None:
    """Send one message."""
    link.send(struct.pack(">HB", 3 + len(body), ord(kind)) + body)
