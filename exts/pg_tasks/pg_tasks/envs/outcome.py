"""What an action achieved, judged from simulator state and from the pictures before and after."""

from __future__ import annotations

from dataclasses import dataclass

import torch

LIFTED = 0.05
"""An object that stands this much higher at the end of the lift has been lifted [m]."""

TABLE_EDGE = 0.5
"""Half the side of the workspace; an object whose centre is outside, or under the table, is lost [m]."""


@dataclass
class Outcome:
    """Result of one action per world; every field has shape (N,)."""

    is_grasp: torch.Tensor
    executed: torch.Tensor
    """Whether the planned motion was valid and reachable."""
    success: torch.Tensor
    """Grasp: only the target was lifted. Push: the target stands freer, or came into view."""
    wrong_lifted: torch.Tensor
    """Grasp that lifted an object other than the target."""
    lost: torch.Tensor
    """Number of objects that left the workspace."""
    target_lost: torch.Tensor
    fault: torch.Tensor
    """The simulation state is not finite."""

    @property
    def grasped(self) -> torch.Tensor:
        """Whether the target has been grasped."""
        return self.is_grasp & self.success

    @property
    def failed_grasp(self) -> torch.Tensor:
        """Whether a grasp was tried in vain."""
        return self.is_grasp & ~self.success


def lifted_slots(before: torch.Tensor, at_top: torch.Tensor, active: torch.Tensor) -> torch.Tensor:
    """Return which slots were lifted, shape (N, S), from heights [m] before the action and at the end of the lift."""
    return active & (at_top - before > LIFTED)


def lost_slots(position: torch.Tensor, active: torch.Tensor) -> torch.Tensor:
    """Return which active slots at ``position`` (N, S, 3) [m] are outside the workspace, shape (N, S)."""
    outside = (position[..., :2].abs() > TABLE_EDGE).any(dim=-1) | (position[..., 2] < -0.01)
    return active & outside
