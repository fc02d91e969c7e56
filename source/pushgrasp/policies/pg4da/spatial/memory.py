"""Memory of grasps that have failed, of strokes that have not helped and of what was swept."""

from __future__ import annotations

import torch
from tensordict import TensorClass
from torch import Tensor

from pushgrasp.interface.action import Action, Kind
from pushgrasp.interface.outcome import Outcome
from pushgrasp.policies.failed_grasps import LOADED, FailedGrasps
from pushgrasp.policies.pg4da.spatial.strokes import NUM_STROKES
from pushgrasp.policies.search import Swept


class TriedStrokes(TensorClass):
    """Strokes of the present episodes in N worlds that have not helped since one last did."""

    numbers: Tensor
    """Which ones, shape (N, 42), bool."""

    @staticmethod
    def none(worlds: int, device: torch.device | str = "cpu") -> TriedStrokes:
        """Nothing has been tried yet."""
        numbers = torch.zeros(worlds, NUM_STROKES, dtype=torch.bool, device=device)
        return TriedStrokes(numbers=numbers, batch_size=[worlds])

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


class Memory(TensorClass):
    """What has been tried in the present episodes of N worlds."""

    grasps: FailedGrasps
    strokes: TriedStrokes
    wrong: Tensor
    """Grasps that have lifted another object since something was pushed last, shape (N,), long."""
    swept: Swept

    @staticmethod
    def empty(worlds: int, device: torch.device | str = "cpu") -> Memory:
        """Nothing has been tried yet."""
        return Memory(
            grasps=FailedGrasps.none(worlds, device),
            strokes=TriedStrokes.none(worlds, device),
            wrong=torch.zeros(worlds, dtype=torch.long, device=device),
            swept=Swept.none(worlds, device),
            batch_size=[worlds],
        )

    def forget(self, worlds: Tensor) -> None:
        """Episodes begin in worlds with indices (W,)."""
        self.grasps.forget(worlds)
        self.strokes.forget(worlds)
        self.wrong[worlds] = 0
        self.swept.forget(worlds)

    @property
    def loaded(self) -> Tensor:
        """Worlds in which something seems to lie on the target that goes with it in every grasp, shape (N,), bool."""
        return self.wrong >= LOADED

    def learn_of(self, action: Action, outcome: Outcome, stroke: Tensor | None = None) -> None:
        """Remember what has failed, and what was swept.

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
        self.wrong += outcome.wrong_lifted
        self.wrong[outcome.executed & outcome.does(Kind.PUSH)] = 0
        self.swept.add(action, outcome.executed)
        if stroke is not None:
            chosen = stroke >= 0
            self.strokes.add(stroke, chosen & ~outcome.success, chosen & outcome.success)
