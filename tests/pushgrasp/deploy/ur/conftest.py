"""Two fake controllers in a process of their own, and one in local mode."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from pushgrasp.deploy.devices import DeviceFault
from pushgrasp.deploy.ur.arm import UrArm
from pushgrasp.deploy.ur.settings import UrArmCfg

PATIENT: dict[str, Any] = {"stale": 1.0, "call_limit": 1.0, "watchdog": 2.0, "max_step": 1.0, "clock_jump": 10.0}
"""Limits that a busy machine keeps; the default ones are held by tests without processes."""


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Wait until a condition holds; return whether it came to hold."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return False


class FakeCell:
    """Fake controllers, told what to do line by line."""

    def __init__(self) -> None:
        """Start them on addresses of the loopback network that nobody else has."""
        network = f"127.{10 + secrets.randbelow(240)}.{secrets.randbelow(250)}"
        names = ["left", "right", "local", "ending"]
        self.addresses = {name: f"{network}.{index + 1}" for index, name in enumerate(names)}
        words = {"local": ",local", "ending": ",stopping"}
        arguments = [f"{name}={address}{words.get(name, '')}" for name, address in self.addresses.items()]
        command = [sys.executable, "-m", "pushgrasp.deploy.fake.controller", *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None and self.process.stdout.readline() == "ready\n"

    def ask(self, line: str) -> str:
        """Send one line and return the answer."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def cause(self, line: str) -> None:
        """Bring about a fault."""
        assert self.ask(line) == "ok"

    def report(self, name: str) -> dict[str, Any]:
        """Return what a controller does."""
        return json.loads(self.ask(f"{name} report"))

    def heal(self) -> None:
        """Undo all faults, and wait until whoever had an arm has left: ur_rtde connects again where links drop."""
        for name in self.addresses:
            for fault in ("unfreeze", "release", "slider 1", "return_registers", "drop_links"):
                self.cause(f"{name} {fault}")
        assert wait_until(lambda: not any(self.report(name)["register_holders"] for name in self.addresses), 10.0)

    def cfg(self, name: str, **changes: Any) -> UrArmCfg:
        """Return the settings of an arm, with more time than by default for a busy machine."""
        return UrArmCfg(name, self.addresses[name], **(PATIENT | changes))

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def running_cell() -> Iterator[FakeCell]:
    """Fake controllers for all tests."""
    pytest.importorskip("rtde_control")
    cell = FakeCell()
    yield cell
    cell.close()


@pytest.fixture
def cell(running_cell: FakeCell) -> Iterator[FakeCell]:
    """Fake controllers without faults."""
    yield running_cell
    running_cell.heal()


@pytest.fixture
def arm(cell: FakeCell) -> Iterator[UrArm]:
    """The left arm, connected."""
    arm = UrArm(cell.cfg("left"))
    yield arm
    arm.stop()


def swing(arms: list[UrArm], seconds: float, amplitude: float = 0.1, fault_at: float = -1.0) -> list[float]:
    """Swing all joints of started arms at 125 Hz for a time [s]; return how long each round of calls took [s]."""
    home = [arm.state().joints for arm in arms]
    began, took = time.monotonic(), []
    for cycle in range(round(125 * seconds)):
        time.sleep(max(began + cycle / 125 - time.monotonic(), 0.0))
        way = amplitude * (1 - np.cos(np.pi * (time.monotonic() - began)))
        started = time.perf_counter()
        for arm, joints in zip(arms, home, strict=True):
            arm.servo(joints + way, 0.008)
        took.append(time.perf_counter() - started)
    return took


def fault_of(arm: UrArm, seconds: float = 5.0) -> str:
    """Swing a started arm until it says what is wrong; return that."""
    with pytest.raises(DeviceFault) as caught:
        swing([arm], seconds)
    return str(caught.value)
