"""What drives a cell: arms, grippers and a camera, each behind one small interface, and how they say what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np


class DeviceFault(Exception):  # noqa: N818 - the field says fault
    """A device is gone, silent, stopped or refuses; its text names the device, what is wrong and what to do.

    Whoever catches it stops every arm. Nothing goes on afterwards without a new session, picture and plan.
    """


class Safety(Enum):
    """What a controller says of its safety system."""

    NORMAL = "normal"
    REDUCED = "reduced"
    PROTECTIVE_STOP = "protective stop"
    EMERGENCY_STOP = "emergency stop"
    OTHER = "other"
    """Recovery, safeguard stop, violation, fault: no motion either."""


@dataclass(frozen=True)
class ArmState:
    """One arm as its controller said last."""

    stamp: float
    """Clock of the controller [s]; it stands still when the controller does."""
    received: float
    """``time.monotonic()`` when this stamp was first seen [s]."""
    joints: np.ndarray
    """Joint angles [rad], shape (6,)."""
    velocity: np.ndarray
    """Joint velocities [rad/s], shape (6,)."""
    force: np.ndarray
    """Force and torque on the TCP, base frame of the controller [N, N m], shape (6,)."""
    tcp: np.ndarray
    """TCP in the controller's base frame: position [m] and rotation vector [rad], shape (6,)."""
    scaling: float
    """By how much the controller slows motions down: speed slider times speed scaling, 0 to 1."""
    safety: Safety
    program_running: bool
    """Whether the controller runs the program that follows set-points."""


class Arm(Protocol):
    """One arm."""

    @property
    def name(self) -> str:
        """How people and messages call it."""
        ...

    def state(self) -> ArmState:
        """Return what the controller said last, without waiting.

        Raises:
            DeviceFault: If the link is gone.
        """
        ...

    def start(self) -> None:
        """Take control: from now on the arm follows set-points, at first the angles that it has.

        Raises:
            DeviceFault: If the controller is not ready: its message says what the operator has to do.
        """
        ...

    def servo(self, joints: np.ndarray, dt: float) -> None:
        """Send one set-point [rad], shape (6,), which holds for ``dt`` [s].

        Raises:
            DeviceFault: If the link is gone, too slow, or does not take it.
        """
        ...

    def stop(self) -> bool:
        """Come to rest and give control back; return whether the controller could be told. Never raises."""
        ...

    def close(self) -> None:
        """End the link; an arm that is under control is stopped first. Never raises."""
        ...


class Contact(Enum):
    """What jaws have met on their way."""

    MOVING = "moving"
    OPENING = "contact while opening"
    CLOSING = "contact while closing"
    ARRIVED = "arrived or lost"


@dataclass(frozen=True)
class GripperState:
    """One gripper as it said last."""

    received: float
    """``time.monotonic()`` when it was heard [s]."""
    width: float
    """Opening of the jaws [m], by its own table."""
    contact: Contact
    fault: int
    """Number of the gripper's fault, 0 without one."""
    active: bool
    """Whether it has been activated."""


class Gripper(Protocol):
    """One gripper."""

    @property
    def name(self) -> str:
        """How people and messages call it."""
        ...

    def state(self) -> GripperState:
        """Return what it said last, without waiting; it is asked again in the background.

        Raises:
            DeviceFault: If it has been silent too long.
        """
        ...

    def activate(self) -> None:
        """Make it ready; its jaws sweep their whole way, so people are asked first. Waits until it is done.

        Raises:
            DeviceFault: If it does not become ready.
        """
        ...

    def move(self, width: float, speed: float) -> None:
        """Begin to bring the jaws to an opening [m], at a speed of the opening [m/s]; does not wait.

        Raises:
            DeviceFault: If it does not take the command.
        """
        ...

    def close(self) -> None:
        """End the link; the jaws stay as they are. Never raises."""
        ...


class Clock(Protocol):
    """What tells the time of the devices; the module ``time`` is one."""

    def monotonic(self) -> float:
        """Return the time [s]."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Let time pass [s]."""
        ...


@dataclass(frozen=True)
class Frame:
    """One picture of an RGB-D camera, depth aligned to colour."""

    colour: np.ndarray
    """RGB, shape (h, w, 3), uint8."""
    depth: np.ndarray
    """Distance along the optical axis [m], shape (h, w), float32; 0 where there is none."""
    taken: float
    """``time.monotonic()`` when it was taken, as well as that is known [s]."""
    number: int
    """Rises by one with each picture of the camera."""


class Camera(Protocol):
    """The overhead camera."""

    @property
    def name(self) -> str:
        """How people and messages call it."""
        ...

    @property
    def intrinsics(self) -> np.ndarray:
        """Pinhole matrix [pixel], shape (3, 3); the centre of the first pixel is at (0.5, 0.5)."""
        ...

    def grab(self, count: int) -> list[Frame]:
        """Return ``count`` pictures that follow each other, all taken after this call.

        Raises:
            DeviceFault: If none come, or they are not new.
        """
        ...

    def close(self) -> None:
        """End the link. Never raises."""
        ...
