"""What is remembered of a trial: pushes since the last grasp, grasps that have failed, and what was swept."""

from __future__ import annotations

import torch
from tensordict import TensorClass
from torch import Tensor

from pushgrasp.policies.failed_grasps import LOADED, FailedGrasps
from pushgrasp.policies.search import Swept

from .primitives import TopGrasps

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
    wrong: Tensor
    """Grasps that have lifted another object since something was pushed or moved last, shape (N,), long."""
    grasps: FailedGrasps
    """The last that have failed."""
    swept: Swept

    @staticmethod
    def empty(worlds: int, device: torch.device | str = "cpu") -> Memory:
        """Remember nothing yet."""
        count = torch.zeros(worlds, dtype=torch.long, device=device)
        return Memory(
            pushes=count,
            actions=count.clone(),
            failures=count.clone(),
            wrong=count.clone(),
            grasps=FailedGrasps.none(worlds, device),
            swept=Swept.none(worlds, device),
            batch_size=[worlds],
        )

    @property
    def loaded(self) -> Tensor:
        """Worlds in which something seems to lie on the target that goes with it in every grasp, shape (N,), bool."""
        return self.wrong >= LOADED

    def add(self, pushed: Tensor, grasped: Tensor) -> None:
        """Remember an action of each world.

        Args:
            pushed: Whether it was a push, shape (N,), bool.
            grasped: Whether it was a grasp, shape (N,), bool.
        """
        self.actions = self.actions + 1
        self.pushes = torch.where(grasped, 0, self.pushes + pushed.long())

    def add_failure(self, failed: Tensor, position: Tensor, axis: Tensor) -> None:
        """Remember a grasp of each world where it has lifted nothing.

        Args:
            failed: Whether it has, shape (N,), bool.
            position: Where it was [m], shape (N, 3).
            axis: Its closing axis, shape (N, 3).
        """
        self.grasps.add(position, axis, failed)
        self.failures = self.failures + failed.long()

    def times_failed(self, world: Tensor, grasps: TopGrasps) -> Tensor:
        """Return how many grasps like each of B in worlds (B,) have failed, shape (B,)."""
        axis = grasps.rotation[:, :, 0]
        return self.grasps.alike(world, grasps.position, axis, SAME_PLACE, SAME_AXIS).sum(dim=1)
