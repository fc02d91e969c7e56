"""What is remembered of a trial: pushes since the last grasp, and grasps that have failed."""

from __future__ import annotations

import torch
from tensordict import TensorClass
from torch import Tensor

from .primitives import TopGrasps

REMEMBERED = 8
"""Failed grasps that are remembered; older ones are forgotten."""

SAME_PLACE, SAME_AXIS = 0.02, 0.9
"""Grasps nearer to each other than this [m], whose closing axes have at least this cosine between them, are alike."""


class Memory(TensorClass):
    """What is remembered in N worlds."""

    pushes: Tensor
    """Pushes since the last grasp, shape (N,), long."""
    actions: Tensor
    """Actions so far, shape (N,), long."""
    failures: Tensor
    """Grasps that have failed so far, shape (N,), long."""
    place: Tensor
    """Where the last of them were [m], shape (N, R, 3); far away where there were fewer."""
    axis: Tensor
    """Their closing axes, shape (N, R, 3)."""

    @staticmethod
    def empty(worlds: int, device: torch.device | str = "cpu") -> Memory:
        """Remember nothing yet."""
        count = torch.zeros(worlds, dtype=torch.long, device=device)
        place = torch.full((worlds, REMEMBERED, 3), torch.inf, device=device)
        return Memory(
            pushes=count,
            actions=count.clone(),
            failures=count.clone(),
            place=place,
            axis=torch.zeros_like(place),
            batch_size=[worlds],
        )

    def add(self, pushed: Tensor, grasped: Tensor, failed: Tensor, position: Tensor, axis: Tensor) -> None:
        """Remember an action of each world.

        Args:
            pushed: Whether it was a push, shape (N,), bool.
            grasped: Whether it was a grasp, shape (N,), bool.
            failed: Whether it was a grasp that lifted nothing, shape (N,), bool.
            position: Where a grasp was [m], shape (N, 3).
            axis: Its closing axis, shape (N, 3).
        """
        self.actions = self.actions + 1
        self.pushes = torch.where(grasped, 0, self.pushes + pushed.long())
        row, slot = torch.arange(len(failed), device=failed.device), self.failures % REMEMBERED
        for kept, new in ((self.place, position), (self.axis, axis)):
            kept[row[failed], slot[failed]] = new[failed]
        self.failures = self.failures + failed.long()

    def times_failed(self, world: Tensor, grasps: TopGrasps) -> Tensor:
        """Return how many grasps like each of B in worlds (B,) have failed, shape (B,)."""
        near = (grasps.position[:, None] - self.place[world]).norm(dim=-1) < SAME_PLACE
        alike = (grasps.rotation[:, None, :, 0] * self.axis[world]).sum(dim=-1).abs() > SAME_AXIS
        return (near & alike).sum(dim=1)
