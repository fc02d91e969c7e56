"""Memory of grasps that have failed: a scene looks the same after them, and so would the next choice."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pushgrasp.decoding.grasp import Grasps

KEPT = 8
"""Failed grasps that are remembered in each world."""

PLACE, AXIS = 0.025, 0.9
"""A grasp is like one that failed within this distance [m], if their closing axes have at least this cosine."""


@dataclass
class TriedGrasps:
    """Failed grasps of the present episodes in N worlds."""

    position: Tensor
    """TCP [m], shape (N, 8, 3); far away where there is none."""
    closing: Tensor
    """Closing axis, shape (N, 8, 3)."""

    @staticmethod
    def none(worlds: int, device: torch.device | str = "cpu") -> TriedGrasps:
        """Nothing has failed yet."""
        shape = worlds, KEPT, 3
        return TriedGrasps(torch.full(shape, torch.inf, device=device), torch.zeros(shape, device=device))

    def forget(self, worlds: Tensor) -> None:
        """Episodes begin in worlds (W,)."""
        self.position[worlds] = torch.inf

    def add(self, grasps: Grasps, failed: Tensor) -> None:
        """Remember those of N grasps that have ``failed`` (N,), bool; the oldest ones make room."""
        for kept, new in ((self.position, grasps.position), (self.closing, grasps.rotation[:, :, 0])):
            moved = torch.cat((new[:, None].to(kept), kept[:, :-1]), dim=1)
            kept[failed] = moved[failed]

    def resemble(self, world: Tensor, position: Tensor, closing: Tensor) -> Tensor:
        """Whether grasps are like one that failed.

        Args:
            world: Their worlds, shape (M,), long.
            position: TCPs [m], shape (M, C, 3).
            closing: Closing axes, shape (C, 3).

        Returns:
            Bool, shape (M, C).
        """
        near = (position[:, :, None] - self.position[world][:, None]).norm(dim=3) < PLACE
        along = torch.einsum("ci,mki->mck", closing, self.closing[world]).abs() > AXIS
        return (near & along).any(dim=2)
