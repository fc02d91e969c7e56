"""How a controller moves its target: towards set-points, along a line in joint space, or to rest."""

from __future__ import annotations

from typing import Protocol

import numpy as np

FASTEST = np.pi
"""Of a joint [rad/s]; set-points that are further apart are followed at this speed."""


class Motion(Protocol):
    """A target that moves with time."""

    def step(self, dt: float, scaling: float) -> np.ndarray:
        """Go on by ``dt`` [s], slowed down by ``scaling`` (0 to 1); return the target [rad], shape (6,)."""
        ...

    def velocity(self) -> np.ndarray:
        """Return the speed of the target [rad/s], shape (6,)."""
        ...

    def done(self) -> bool:
        """Return whether the target has come to rest for good."""
        ...


class Servo:
    """Follows set-points; after the last one it stays there."""

    def __init__(self, q: np.ndarray) -> None:
        """Begin at joint angles [rad], shape (6,)."""
        self._goal, self._point = q, q
        self._speed = np.zeros(6)
        self._left = 0.0

    def follow(self, point: np.ndarray, dt: float) -> None:
        """Take a set-point [rad], shape (6,), that holds for ``dt`` [s]."""
        self._speed = np.clip((point - self._point) / max(dt, 0.002), -FASTEST, FASTEST)
        self._point = point
        self._left = 2 * dt

    def step(self, dt: float, scaling: float) -> np.ndarray:
        """Go on (:class:`Motion`)."""
        self._left -= dt
        self._goal = self._goal + np.clip(scaling * (self._point - self._goal), -FASTEST * dt, FASTEST * dt)
        return self._goal

    def velocity(self) -> np.ndarray:
        """Return the speed of the set-points while they come (:class:`Motion`)."""
        return self._speed if self._left > 0 else np.zeros(6)

    def done(self) -> bool:
        """Never: the next set-point may come (:class:`Motion`)."""
        return False


class Halt:
    """Slows down evenly, all joints coming to rest together."""

    def __init__(self, q: np.ndarray, velocity: np.ndarray, deceleration: float) -> None:
        """Begin at joint angles [rad] and velocities [rad/s], each of shape (6,); deceleration [rad/s^2]."""
        self._q, self._velocity = q, velocity
        self._duration = float(np.abs(velocity).max()) / deceleration
        self._time = 0.0

    def step(self, dt: float, scaling: float) -> np.ndarray:
        """Go on; a slow motion does not take longer to end (:class:`Motion`)."""
        self._time = min(self._time + dt, self._duration)
        return self._q + self._velocity * self._time * (1 - self._time / max(2 * self._duration, 1e-9))

    def velocity(self) -> np.ndarray:
        """Return what is left of the velocity (:class:`Motion`)."""
        return self._velocity * (1 - self._time / self._duration) if self._duration > 0 else np.zeros(6)

    def done(self) -> bool:
        """Return whether it has come to rest (:class:`Motion`)."""
        return self._time >= self._duration


class Line:
    """Goes straight in joint space, up to a speed and down again."""

    def __init__(self, q: np.ndarray, target: np.ndarray, speed: float, acceleration: float) -> None:
        """Begin at ``q`` [rad], shape (6,), towards ``target``; limits of the leading joint [rad/s, rad/s^2]."""
        self._q, self._way = q, target - q
        self._length = float(np.abs(self._way).max())
        self._ramp = min(speed / acceleration, np.sqrt(self._length / acceleration))
        self._acceleration = acceleration
        top = acceleration * self._ramp
        self._duration = self._ramp + self._length / top if top > 0 else 0.0
        self._time = 0.0
        self._scaling = 1.0

    def step(self, dt: float, scaling: float) -> np.ndarray:
        """Go on (:class:`Motion`)."""
        self._scaling = scaling
        self._time = min(self._time + dt * scaling, self._duration)
        return self._q + self._way * (self._covered() / self._length if self._length > 0 else 1.0)

    def velocity(self) -> np.ndarray:
        """Return the speed along the way (:class:`Motion`)."""
        if self.done():
            return np.zeros(6)
        since_end = min(self._time, self._duration - self._time, self._ramp)
        return self._way / self._length * self._acceleration * since_end * self._scaling

    def done(self) -> bool:
        """Return whether it has arrived (:class:`Motion`)."""
        return self._time >= self._duration

    def _covered(self) -> float:
        """Return how far the leading joint has come [rad]."""
        ramp, left = self._ramp, self._duration - self._time
        if self._time < ramp:
            return self._acceleration * self._time**2 / 2
        if left < ramp:
            return self._length - self._acceleration * left**2 / 2
        return self._acceleration * ramp * (self._time - ramp / 2)
