"""Memory of grasps that have failed and strokes that have not helped: the scene looks much the same after them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pushgrasp.interface.action import Action, Kind
from pushgrasp.interface.outcome import Outcome
from pushgrasp.policies.pg4da.spatial.strokes import NUM_STROKES

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

    def add(self, position: Tensor, closing: Tensor, failed: Tensor) -> None:
        """Remember grasps with TCPs (N, 3) [m] and closing axes (N, 3) that have ``failed`` (N,), bool.

        The oldest ones make room.
        """
        for kept, new in ((self.position, position), (self.closing, closing)):
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


@dataclass
class TriedStrokes:
    """Strokes of the present episodes in N worlds that have not helped since one last did."""

    numbers: Tensor
    """Which ones, shape (N, 42), bool."""

    @staticmethod
    def none(worlds: int, device: torch.device | str = "cpu") -> TriedStrokes:
        """Nothing has been tried yet."""
        return TriedStrokes(torch.zeros(worlds, NUM_STROKES, dtype=torch.bool, device=device))

    def forget(self, worlds: Tensor) -> None:
        """Episodes begin in worlds, indices (W,) or bool (N,)."""
        self.numbers[worlds] = False

    def add(self, stroke: Tensor, failed: Tensor, helped: Tensor) -> None:
        """Remember strokes.

        Args:
            stroke: Number of the stroke in each world, shape (N,), long; larger ones count as the last.
            failed: Where it was done and did not help, shape (N,), bool.
            helped: Where it did, shape (N,), bool; all others get another chance there.
        """
        self.forget(helped)
        self.numbers[failed, stroke[failed].clamp(max=NUM_STROKES - 1)] = True

    def left(self, strokes: Tensor) -> Tensor:
        """Strokes (N, 42, C) without those that were tried, unless no other one could be carried out."""
        others = (strokes[..., 0] > 0.5) & ~self.numbers
        out = self.numbers & others.any(dim=1, keepdim=True)
        return strokes.masked_fill(out[..., None], 0.0)


class Memory:
    """What has been tried in vain in the present episodes of N worlds."""

    def __init__(self, worlds: int, device: torch.device | str = "cpu") -> None:
        """Nothing has been tried yet."""
        self.grasps, self.strokes = TriedGrasps.none(worlds, device), TriedStrokes.none(worlds, device)

    def to(self, device: torch.device) -> None:
        """Move to the device of the worlds."""
        for tried in (self.grasps, self.strokes):
            for name, value in vars(tried).items():
                setattr(tried, name, value.to(device))

    def of(self, world: int) -> Memory:
        """Return what was tried in one world, N = 1."""
        own = Memory(1)
        for mine, all_worlds in ((own.grasps, self.grasps), (own.strokes, self.strokes)):
            for name, value in vars(all_worlds).items():
                setattr(mine, name, value[world : world + 1])
        return own

    def forget(self, worlds: Tensor) -> None:
        """Episodes begin in worlds with indices (W,)."""
        self.grasps.forget(worlds)
        self.strokes.forget(worlds)

    def learn_of(self, action: Action, outcome: Outcome, stroke: Tensor | None = None) -> None:
        """Remember what has failed.

        Args:
            action: What was done in the N worlds.
            outcome: What it achieved.
            stroke: Number of the stroke where one was chosen, negative elsewhere, shape (N,), long; None where somebody
                else chose the action.
        """
        grasps, empty = action.kind == Kind.GRASP, ~outcome.lifted.any(dim=2)
        alone = (grasps.sum(dim=1) == 1)[:, None]
        failed = grasps & torch.where(alone, ~outcome.success[:, None], empty)
        for arm in range(grasps.shape[1]):
            self.grasps.add(action.position[:, arm], action.rotation[:, arm, :, 0], failed[:, arm])
        if stroke is not None:
            chosen = stroke >= 0
            self.strokes.add(stroke, chosen & ~outcome.success, chosen & outcome.success)
