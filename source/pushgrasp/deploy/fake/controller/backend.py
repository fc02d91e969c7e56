"""The arm behind a fake controller."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Protocol

import numpy as np

from pushgrasp.deploy.ur.kinematics import Kinematics

CALIBRATED = Kinematics(
    theta=np.array([2.1e-5, -4.3e-4, 6.2e-4, -1.9e-4, 3.0e-6, -1.1e-6]),
    a=np.array([3.4e-5, -0.42487, -0.39243, -4.2e-5, 6.1e-5, 0.0]),
    d=np.array([0.16258, 2.5e-4, -1.8e-4, 0.13338, 0.09965, 0.09967]),
    alpha=np.array([1.57043, 1.3e-3, -8.0e-4, 1.57111, -1.57098, 0.0]),
    checksum="11111111-22222222-33333333-44444444-55555555-66666666",
)
"""A UR5e that leaves its nominal constants by as much as real ones do [m, rad]."""


class ArmBackend(Protocol):
    """An arm that follows targets; called from any thread."""

    def measure(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return what the arm does now.

        Returns:
            Joint angles [rad], joint velocities [rad/s], force and torque on the TCP in the arm's base frame [N, N m],
            and TCP in that frame (position [m], rotation vector [rad]); each of shape (6,).
        """
        ...

    def target(self, q: np.ndarray, /) -> None:
        """Follow joint angles [rad], shape (6,), until the next ones come."""
        ...


class KinematicBackend:
    """An arm without mass that closes in on its target exponentially, feels nothing and does not work out its TCP."""

    def __init__(
        self,
        q: np.ndarray,
        lag: float = 0.03,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Put the arm somewhere.

        Args:
            q: Joint angles [rad], shape (6,).
            lag: Time constant [s].
            clock: What it moves by [s].
        """
        self._q = np.array(q, dtype=float)
        self._goal = self._q.copy()
        self._lag = lag
        self._clock = clock
        self._since = clock()
        self._lock = Lock()

    def measure(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return what the arm does now (:class:`ArmBackend`)."""
        with self._lock:
            self._catch_up()
            q, velocity = self._q.copy(), (self._goal - self._q) / self._lag
        return q, velocity, np.zeros(6), np.zeros(6)

    def target(self, q: np.ndarray) -> None:
        """Follow joint angles (:class:`ArmBackend`)."""
        with self._lock:
            self._catch_up()
            self._goal = np.array(q, dtype=float)

    def _catch_up(self) -> None:
        """Move the arm to where it is by now."""
        now = self._clock()
        self._q = self._goal + (self._q - self._goal) * np.exp(-(now - self._since) / self._lag)
        self._since = now
