"""One gripper of the physics as its own electronics have it: jaws that move at a speed until they press."""

from __future__ import annotations

import numpy as np

from pushgrasp.deploy.devices import Contact
from pushgrasp.physics.mujoco_package import MjData, MjModel

FORCE = 20.0
"""Force with which the simulator's jaws press [N]."""

PRESSED = 0.9
"""Share of the way between set-point and fingers at which a drive presses with all its force."""

REST_SPEED, REST_TIME = 0.008, 0.04
"""Fingers slower than this [m/s] for as long as this [s] are blocked."""

ARRIVED = 0.001
"""Jaws this near to the opening that was asked for are there [m]."""


class JawDrive:
    """Moves both fingers alike. The set-point stays near to fingers that press: the motor stops at a force."""

    def __init__(self, model: MjModel, data: MjData, side: str) -> None:
        """Take over the gripper of the arm of a side; the jaws stay as they are."""
        names = [f"{side}_arm_{finger}_finger" for finger in ("left", "right")]
        self._model, self._data = model, data
        self._joints = np.array([model.joint(name).id for name in names])
        self._coordinates, self._speeds = model.jnt_qposadr[self._joints], model.jnt_dofadr[self._joints]
        self._drives = np.array([model.actuator(f"{name}_position").id for name in names])
        self._stiffness = float(model.actuator_gainprm[self._drives[0], 0])
        self._stroke = 2.0 * float(model.jnt_range[self._joints[0], 1])
        self._now = self._goal = 0.5 * self.width()
        self._speed, self._still = 0.0, 0.0
        self._set_force(FORCE)

    def width(self) -> float:
        """Return the opening [m]."""
        return float(self._data.qpos[self._coordinates].sum())

    def target(self, width: float, speed: float, force: float = FORCE) -> None:
        """Begin to bring the jaws to an opening.

        Args:
            width: Opening [m]; beyond the stroke it is the end of the stroke.
            speed: How fast the opening changes [m/s].
            force: With which the jaws press at most [N].

        Raises:
            ValueError: If a number is not finite, or speed or force are not positive.
        """
        if not (np.isfinite([width, speed, force]).all() and speed > 0.0 and force > 0.0):
            raise ValueError(f"width, speed and force must be finite, the latter positive: {width}, {speed}, {force}")
        self._goal, self._speed, self._still = 0.5 * min(max(width, 0.0), self._stroke), 0.5 * speed, 0.0
        self._set_force(force)

    def contact(self) -> Contact:
        """Return whether the jaws move, are blocked, or have arrived."""
        if self._still >= REST_TIME and self._presses():
            return Contact.CLOSING if self._goal < self._now else Contact.OPENING
        return Contact.ARRIVED if abs(self.width() - 2.0 * self._goal) < ARRIVED else Contact.MOVING

    @property
    def blocked(self) -> bool:
        """Whether something keeps the jaws from where they are to go."""
        return self.contact() in (Contact.CLOSING, Contact.OPENING)

    def command(self, dt: float) -> None:
        """Set the drives for a step of ``dt`` [s]."""
        finger = 0.5 * self.width()
        way = min(max(self._goal - self._now, -self._speed * dt), self._speed * dt)
        self._now = min(max(self._now + way, finger - self._give), finger + self._give)
        self._data.ctrl[self._drives] = self._now
        moving = abs(self._data.qvel[self._speeds]).max() > REST_SPEED
        self._still = 0.0 if moving else self._still + dt

    def _presses(self) -> bool:
        """Whether the set-point waits for fingers that do not follow."""
        away = self._now - 0.5 * self.width()
        return abs(away) >= PRESSED * self._give and away * (self._goal - self._now) > 0.0

    def _set_force(self, force: float) -> None:
        """Limit the force of both fingers; twice the way at which a drive reaches it keeps it there."""
        self._model.jnt_actfrcrange[self._joints] = (-force, force)
        self._give = 2.0 * force / self._stiffness
