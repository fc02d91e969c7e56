"""The force with which arms press ahead, told from where their joints are and where they should be."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from pg_tasks.assets.ur5e import (
    ARM_JOINTS,
    LARGE_DAMPING,
    LARGE_JOINTS,
    LARGE_STIFFNESS,
    SMALL_DAMPING,
    SMALL_STIFFNESS,
)
from pushgrasp.motion.arm.course import ArmCourse
from pushgrasp.motion.arm.model import NUM_JOINTS
from pushgrasp.motion.limits import MotionLimits
from pushgrasp.motion.trajectory import Phase

MASS, SWING = 6.0, 80.0
"""An arm moves ``MASS + stiffness / SWING**2`` [kg] ahead, ``stiffness`` being its drives' in that direction [N/m].

SWING is their natural frequency [rad/s]. 8 kg far from its base, 60 kg near it; fitted to MuJoCo's inertia matrix.
"""

UNSURE = 2.0e-4
"""Difference of wanted and measured place that is none [m]: in free air it is up to half as much."""


@dataclass(frozen=True)
class Drives:
    """Position drives of the six joints."""

    stiffness: torch.Tensor
    """[N m/rad], shape (6,)."""
    damping: torch.Tensor
    """[N m s/rad], shape (6,)."""


def ur5e_drives(device: str) -> Drives:
    """Return the drives of the UR5e."""
    large = torch.tensor([joint in LARGE_JOINTS for joint in ARM_JOINTS], device=device)
    return Drives(
        torch.where(large, LARGE_STIFFNESS, SMALL_STIFFNESS), torch.where(large, LARGE_DAMPING, SMALL_DAMPING)
    )


class Touch:
    """Tells which descents and strokes have met something.

    The drives' mean torques over a tick come from the mean difference of wanted and measured angles and speeds. Times
    the lever of the direction in which the TCP moves they are the force ahead, of which the arm's own acceleration
    takes a part. An arm is as stiff as 20 to 400 kN/m: at 0.15 m/s the force rises by 60 N and more within a tick.
    """

    def __init__(self, drives: Drives, dt: float, step: float, limits: MotionLimits) -> None:
        """Start with nothing measured.

        Args:
            drives: Of the arm's joints.
            dt: Duration of a tick [s].
            step: Duration of the solver's steps in it [s]; drives look at the start of each.
            limits: Forces at which descents and strokes stop.
        """
        self._drives, self._dt, self._step, self._limits = drives, dt, step, limits
        self._before: tuple[int, torch.Tensor, torch.Tensor] | None = None

    def forget(self) -> None:
        """Begin a new action."""
        self._before = None

    def feel(self, course: ArmCourse, index: int, position: torch.Tensor, speed: torch.Tensor) -> torch.Tensor:
        """Return which grippers have met something in the tick that has just passed, shape (N, G), bool.

        Args:
            course: Set-points.
            index: The next tick.
            position: Angles of the arm joints now [rad], shape (N, G, 6).
            speed: Their speeds [rad/s], shape (N, G, 6).
        """
        before, self._before = self._before, (index, position.clone(), speed.clone())
        if before is None or before[0] != index - 1:
            return torch.zeros(position.shape[:2], dtype=torch.bool, device=position.device)
        mean_speed = (position - before[1]) / self._dt
        mean = 0.5 * (position + before[1]) + self._dt / 12.0 * (before[2] - speed) - 0.5 * self._step * mean_speed
        behind = course.joints[:, :, index - 1, :NUM_JOINTS] - mean
        slower = course.velocity[:, :, index - 1, :NUM_JOINTS] - mean_speed
        torque = self._drives.stiffness * behind + self._drives.damping * slower
        lever = course.levers[:, :, index - 1]
        stiffness = (lever.square() * self._drives.stiffness).sum(dim=-1)
        inertia = (MASS + stiffness / SWING**2) * self._acceleration(course, index)
        return (lever * torque).sum(dim=-1) - inertia > self._limit(course, index) + UNSURE * stiffness

    def too_far(self, course: ArmCourse, index: int, position: torch.Tensor) -> torch.Tensor:
        """Return how much less far ahead the set-points press with the limit [m], shape (N, G).

        Args:
            course: Set-points.
            index: The next tick.
            position: Angles of the arm joints now [rad], shape (N, G, 6).
        """
        slope = course.slopes[:, :, index - 1]
        wanted = course.joints[:, :, index - 1 : index + 1, :NUM_JOINTS].mean(dim=2)
        ahead = (slope * (wanted - position)).sum(dim=-1)
        give = (slope.square() / self._drives.stiffness).sum(dim=-1)
        return (ahead - self._limit(course, index) * give).clamp(min=0.0)

    def _limit(self, course: ArmCourse, index: int) -> torch.Tensor:
        """Return the force [N] at which the motion of the tick before one stops, shape (N, G)."""
        pushes = course.phase[:, :, index - 1] == Phase.PUSH
        return torch.where(pushes, self._limits.push_force, self._limits.descent_force)

    def _acceleration(self, course: ArmCourse, index: int) -> torch.Tensor:
        """Return the acceleration ahead that the set-points ask for around a tick [m/s^2], (N, G)."""
        around = course.velocity[:, :, [max(index - 2, 0), index], :NUM_JOINTS]
        change = (around[:, :, 1] - around[:, :, 0]) / (2.0 * self._dt)
        return (course.slopes[:, :, index - 1] * change).sum(dim=-1)
