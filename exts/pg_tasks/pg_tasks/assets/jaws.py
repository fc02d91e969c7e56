"""How far the jaws of an arm's gripper are open, as its file's joints have it and as planning has it.

Planning knows two fingers that slide: positions of the left and the right one [m], half of the opening each.
"""

from __future__ import annotations

from typing import Protocol

import torch

from pushgrasp.physics.free_grippers import FINGER_JOINTS

STROKE = 0.140
"""Opening of a Robotiq 2F-140 whose joint stands at 0 [m]."""

CLOSED_ANGLE = 0.7
"""Where its joint stands when the jaws are closed [rad]."""

SLOPE = -0.5 * STROKE / CLOSED_ANGLE
"""Way of one finger per angle of the joint [m/rad]; the opening falls with the angle, here in proportion to it."""


class Jaws(Protocol):
    """Joints of the jaws in the simulation."""

    joints: tuple[str, ...]
    """Their names."""

    def fingers(self, position: torch.Tensor, velocity: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return positions [m] and velocities [m/s] of the fingers, each (..., 2), of those of the joints (..., J)."""
        ...

    def commands(self, position: torch.Tensor, velocity: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return positions and velocities of the joints, each (..., J), of those of the fingers (..., 2)."""
        ...


class SlidingJaws:
    """The generated gripper: the joints are the fingers."""

    joints = FINGER_JOINTS

    def fingers(self, position: torch.Tensor, velocity: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return both as they are, each (..., 2)."""
        return position, velocity

    def commands(self, position: torch.Tensor, velocity: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return both as they are, each (..., 2)."""
        return position, velocity


class TurningJaws:
    """NVIDIA's Robotiq 2F-140: one joint that turns, from 0 rad (open) to :data:`CLOSED_ANGLE`, moves both fingers."""

    joints = ("finger_joint",)

    def fingers(self, position: torch.Tensor, velocity: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return half of the opening for each finger [m], and its velocity [m/s], each (..., 2), of (..., 1)."""
        half = 0.5 * STROKE + SLOPE * position
        return half.expand(*half.shape[:-1], 2), (SLOPE * velocity).expand(*half.shape[:-1], 2)

    def commands(self, position: torch.Tensor, velocity: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return angle [rad] and speed [rad/s] of the joint, each (..., 1), for the fingers' mean (..., 2)."""
        angle = (position.mean(dim=-1, keepdim=True) - 0.5 * STROKE) / SLOPE
        return angle.clamp(0.0, CLOSED_ANGLE), velocity.mean(dim=-1, keepdim=True) / SLOPE
