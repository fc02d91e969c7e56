"""Grasp candidates of many worlds in one flat batch, so that rejecting some makes the rest cheaper."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Candidates:
    """B grasp poses; rows of the same world need not be neighbours.

    ``anchor`` is the chosen point on the target's surface; from there the TCP lies ``shift`` along the closing
    direction and ``depth`` along the approach.
    """

    row: Tensor
    """Place of each candidate in the batch it was taken from, shape (B,), long."""
    world: Tensor
    """World index, shape (B,), long."""
    anchor: Tensor
    """Surface point [m], shape (B, 3), world frame."""
    rotation: Tensor
    """Gripper to world, shape (B, 3, 3): columns are closing, side and approach direction."""
    shift: Tensor
    """Offset along the closing direction [m], shape (B,)."""
    depth: Tensor
    """Offset along the approach direction [m], shape (B,)."""
    width: Tensor
    """Jaw opening [m], shape (B,)."""

    @property
    def position(self) -> Tensor:
        """TCP [m], shape (B, 3), world frame."""
        closing, approach = self.rotation[:, :, 0], self.rotation[:, :, 2]
        return self.anchor + self.shift[:, None] * closing + self.depth[:, None] * approach

    def select(self, keep: Tensor) -> "Candidates":
        """The candidates where ``keep`` (B,) is True."""
        return Candidates(**{name: value[keep] for name, value in vars(self).items()})

    @staticmethod
    def join(parts: "Sequence[Candidates]") -> "Candidates":
        """All candidates of some parts, at least one, in one batch."""
        return Candidates(**{name: torch.cat([getattr(part, name) for part in parts]) for name in vars(parts[0])})

    def to_world(self, points: Tensor, opening: Tensor | None = None) -> Tensor:
        """Points (M, 3) in the TCP frame as points (B, M, 3) in the world frame [m].

        ``opening`` (B,) [m] moves each candidate's points along its closing direction.
        """
        origin = self.position if opening is None else self.position + opening[:, None] * self.rotation[:, :, 0]
        turned = self.rotation.reshape(-1, 3) @ points.T
        return turned.view(len(origin), 3, len(points)).add_(origin[:, :, None]).transpose(1, 2)


def start_candidates(world: Tensor, anchor: Tensor, rotation: Tensor) -> Candidates:
    """Candidates (B) at their anchors, jaws shut."""
    zero = torch.zeros_like(anchor[:, 0])
    return Candidates(torch.arange(len(world), device=world.device), world, anchor, rotation, zero, zero, zero)
