"""Grasps that have failed: where nothing has moved, those like them fail again, as do those of a loaded target."""

from __future__ import annotations

import torch
from tensordict import TensorClass
from torch import Tensor

KEPT = 8
"""Failed grasps that are remembered in each world."""

WHOLE_TRIAL = 80
"""More than any protocol's trial has actions: for policies that forget none."""

LOADED = 2
"""Grasps that lift another object, after which the target is not grasped before something is pushed or moved.

After one grasp, what lies on the target has often slid off when both are down again.
"""


class FailedGrasps(TensorClass):
    """The last R grasps that have failed in each of N worlds, the latest first."""

    position: Tensor
    """TCP [m], shape (N, R, 3); far away where there is none."""
    closing: Tensor
    """Closing axis, shape (N, R, 3)."""

    @staticmethod
    def none(worlds: int, device: torch.device | str = "cpu", kept: int = KEPT) -> FailedGrasps:
        """Nothing has failed yet; remember up to ``kept`` grasps."""
        position = torch.full((worlds, kept, 3), torch.inf, device=device)
        return FailedGrasps(position=position, closing=torch.zeros_like(position), batch_size=[worlds])

    def forget(self, worlds: Tensor) -> None:
        """Trials begin in worlds, indices (W,) or bool (N,)."""
        self.position[worlds] = torch.inf

    def add(self, position: Tensor, closing: Tensor, failed: Tensor) -> None:
        """Remember grasps with TCPs (N, 3) [m] and closing axes (N, 3) that have ``failed`` (N,), bool.

        The oldest ones make room.
        """
        for kept, new in ((self.position, position), (self.closing, closing)):
            moved = torch.cat((new[:, None].to(kept), kept[:, :-1]), dim=1)
            kept[failed] = moved[failed]

    def alike(self, world: Tensor, position: Tensor, closing: Tensor, distance: float, cosine: float) -> Tensor:
        """Which of the remembered grasps others are like.

        Args:
            world: Worlds of the others, shape (B...), long.
            position: Their TCPs [m], shape (B..., 3).
            closing: Their closing axes, shape (B..., 3). All three broadcast.
            distance: Two grasps are alike if they are nearer to each other than this [m],
            cosine: and the angle between their axes, in whichever order the jaws stand, has more than this cosine.

        Returns:
            Bool, shape (B..., K) for as many K as have failed in any world, R at most.
        """
        most = int(self.position[..., 0].isfinite().sum(dim=1).max())
        others = self.position[world, :most], self.closing[world, :most]
        return alike(position[..., None, :], closing[..., None, :], *others, distance, cosine)


def alike(
    position: Tensor, closing: Tensor, others: Tensor, other_closing: Tensor, distance: float, cosine: float
) -> Tensor:
    """Which grasps are like others: TCPs [m] and closing axes of shapes (..., 3) that broadcast; bool, shape (...).

    Args:
        position: TCPs [m].
        closing: Closing axes.
        others: TCPs of the others [m].
        other_closing: Their closing axes.
        distance: Two grasps are alike if they are nearer to each other than this [m],
        cosine: and the angle between their axes, in whichever order the jaws stand, has more than this cosine.
    """
    near = (position - others).norm(dim=-1) < distance
    return near & ((closing * other_closing).sum(dim=-1).abs() > cosine)
