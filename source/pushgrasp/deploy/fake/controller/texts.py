"""The ports of a fake controller that speak in lines and texts: dashboard, scripts, kinematics."""

from __future__ import annotations

import struct

import numpy as np

from pushgrasp.deploy.fake.controller.link import Link
from pushgrasp.deploy.fake.controller.machine import Machine
from pushgrasp.deploy.fake.controller.safety import SafetyState
from pushgrasp.deploy.ur.kinematics import KINEMATICS_INFO, LAYOUT, ROBOT_STATE, Kinematics


class DashboardService:
    """Answers one line with one line."""

    def __init__(self, machine: Machine, port: int) -> None:
        """Listen for commands to a machine."""
        self.port = port
        self._machine = machine

    def connect(self, link: Link) -> None:
        """Greet (:class:`Service`)."""
        link.send(b"Connected: Universal Robots Dashboard Server\n")

    def receive(self, link: Link) -> None:
        """Answer (:class:`Service`)."""
        *lines, link.received = link.received.split(b"\n")
        for line in lines:
            link.send(f"{self._answer(line.decode(errors='replace').strip())}\n".encode())

    def tick(self, links: list[Link]) -> None:
        """Nothing comes unasked (:class:`Service`)."""

    def close(self, link: Link) -> None:
        """Nothing is kept of a client (:class:`Service`)."""

    def _answer(self, command: str) -> str:
        """Do what a command says."""
        answers = {
            "PolyscopeVersion": self._version,
            "get serial number": lambda: self._machine.cfg.serial_number,
            "is in remote control": lambda: str(self._machine.cfg.remote_control).lower(),
            "safetystatus": lambda: f"Safetystatus: {self._machine.safety.word}",
            "running": lambda: f"Program running: {str(self._machine.running).lower()}",
            "stop": self._stop,
            "unlock protective stop": self._unlock,
        }
        return answers[command]() if command in answers else f'could not understand: "{command}"'

    def _version(self) -> str:
        return f"URSoftware {'.'.join(map(str, self._machine.cfg.version))} (Mar 22 2022)"

    def _stop(self) -> str:
        self._machine.note_stop()
        self._machine.stop_program()
        return "Stopped"

    def _unlock(self) -> str:
        if self._machine.safety is SafetyState.PROTECTIVE_STOP:
            self._machine.release()
        return "Protective stop releasing"


class ScriptService:
    """Takes programs."""

    def __init__(self, machine: Machine, port: int) -> None:
        """Listen for programs of a machine."""
        self.port = port
        self.clients = 0
        """Connections so far."""
        self._machine = machine

    def connect(self, link: Link) -> None:
        """Count (:class:`Service`)."""
        self.clients += 1

    def receive(self, link: Link) -> None:
        """Run a program once its text is complete (:class:`Service`)."""
        if self._machine.upload(link.received.decode(errors="replace")):
            link.received = b""

    def tick(self, links: list[Link]) -> None:
        """Nothing is sent (:class:`Service`)."""

    def close(self, link: Link) -> None:
        """A program runs on without its client (:class:`Service`)."""


class PrimaryService:
    """Tells everybody who connects the kinematics."""

    def __init__(self, kinematics: Kinematics, port: int) -> None:
        """Listen for clients."""
        self.port = port
        self._message = state_message(kinematics)

    def connect(self, link: Link) -> None:
        """Send a text message, as controllers do first, and the kinematics (:class:`Service`)."""
        link.send(struct.pack(">IB", 10, 20) + b"hello" + self._message)

    def receive(self, link: Link) -> None:
        """What clients send is not taken here (:class:`Service`)."""
        link.received = b""

    def tick(self, links: list[Link]) -> None:
        """Nothing more is sent (:class:`Service`)."""

    def close(self, link: Link) -> None:
        """Nothing is kept of a client (:class:`Service`)."""


def state_message(kinematics: Kinematics) -> bytes:
    """Return a message of port 30001 with a package of another kind and the kinematics."""
    constants = np.concatenate([kinematics.theta, kinematics.a, kinematics.d, kinematics.alpha])
    body = LAYOUT.pack(*(int(part, 16) for part in kinematics.checksum.split("-")), *constants, 0)
    other = struct.pack(">IBd", 13, 8, 0.0)
    packages = other + struct.pack(">IB", 5 + len(body), KINEMATICS_INFO) + body
    return struct.pack(">IB", 5 + len(packages), ROBOT_STATE) + packages
