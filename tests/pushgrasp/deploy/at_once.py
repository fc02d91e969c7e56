"""Devices that are not there: arms and grippers that do at once what they are told, so that nothing moves."""

from __future__ import annotations

import time

import numpy as np

from pushgrasp.deploy.devices import ArmState, Contact, GripperState, Safety


class DryArm:
    """An arm whose joints are where they were sent last."""

    def __init__(self, name: str, joints: np.ndarray) -> None:
        """Stand at joint angles (6,) [rad]."""
        self.name = name
        self._joints, self._velocity = np.array(joints, dtype=float), np.zeros(6)
        self._runs = False

    def state(self) -> ArmState:
        """Return where it is, now."""
        now = time.monotonic()
        return ArmState(
            stamp=now,
            received=now,
            joints=self._joints.copy(),
            velocity=self._velocity.copy(),
            force=np.zeros(6),
            tcp=np.zeros(6),
            scaling=1.0,
            safety=Safety.NORMAL,
            program_running=self._runs,
        )

    def start(self) -> None:
        """Follow set-points from now on."""
        self._runs = True

    def servo(self, joints: np.ndarray, dt: float) -> None:
        """Be there."""
        self._velocity = (np.asarray(joints) - self._joints) / dt
        self._joints = np.array(joints, dtype=float)

    def stop(self) -> bool:
        """Stand still."""
        self._runs, self._velocity = False, np.zeros(6)
        return True

    def close(self) -> None:
        """Nothing to end."""


class DryGripper:
    """A gripper whose jaws are where they were sent last, and never hold anything."""

    def __init__(self, name: str, width: float) -> None:
        """Stand open by ``width`` [m]."""
        self.name, self._width = name, width

    def state(self) -> GripperState:
        """Return where the jaws are, now."""
        return GripperState(time.monotonic(), self._width, Contact.ARRIVED, 0, True)

    def activate(self) -> None:
        """Nothing to make ready."""

    def move(self, width: float, speed: float) -> None:
        """Be there."""
        del speed
        self._width = width

    def close(self) -> None:
        """Nothing to end."""
