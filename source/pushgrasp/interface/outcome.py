"""What an action achieved, judged from the state of the world and from the pictures before and after."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from pushgrasp.interface.action import Kind
from pushgrasp.perception.isolation import require_rates

LIFTED = 0.05
"""An object that stands this much higher at the end of the lift has been lifted [m]."""

MOVED = 0.002
"""An object that lies this far from where it lay before has been moved [m]."""

TABLE_EDGE = 0.5
"""Half the side of the workspace; an object whose centre is outside, or under the table, is lost [m]."""


@dataclass
class Outcome:
    """Result of one action in each of N worlds with S slots for objects."""

    kind: torch.Tensor
    """What each arm was meant to do, shape (N, A), long (see ``Kind``)."""
    executed: torch.Tensor
    """Whether the planned motion was valid and reachable, shape (N,), bool, as all that follows but the slots'."""
    success: torch.Tensor
    """Grasp: the target, or where all are to be taken anything, was lifted, and by each arm that grasps one object at
    most. Else: the target stands freer, or came into view."""
    wrong_lifted: torch.Tensor
    """Grasp that lifted another object instead of the target or with it: one arm may take another on purpose only while
    the other arm grasps, too. Where all are to be taken: more objects than arms that grasp."""
    target_lost: torch.Tensor
    fault: torch.Tensor
    """The simulation state is not finite."""
    lifted: torch.Tensor
    """Slots lifted by the grasp or the move that each arm was meant to do, shape (N, A, S), bool."""
    moved: torch.Tensor
    """Slots that lie elsewhere than before, shape (N, S), bool."""
    lost: torch.Tensor
    """Slots that are outside the workspace, shape (N, S), bool."""

    @property
    def is_grasp(self) -> torch.Tensor:
        """Whether an arm was meant to grasp, shape (N,), bool."""
        return self.does(Kind.GRASP)

    def does(self, kind: Kind) -> torch.Tensor:
        """Worlds in which any arm was meant to do this, shape (N,), bool."""
        return (self.kind == kind).any(dim=1)

    @property
    def taken(self) -> torch.Tensor:
        """Slots that grasps lifted, shape (N, S), bool."""
        return (self.lifted & (self.kind == Kind.GRASP)[..., None]).any(dim=1)

    @property
    def num_lost(self) -> torch.Tensor:
        """Number of objects outside the workspace, shape (N,), long."""
        return self.lost.sum(dim=1)

    @property
    def grasped(self) -> torch.Tensor:
        """Whether the target has been grasped, shape (N,), bool."""
        return self.is_grasp & self.success


def lifted_slots(
    before: torch.Tensor,
    at_top: torch.Tensor,
    tcp: torch.Tensor,
    holds: torch.Tensor,
    picks: torch.Tensor,
    active: torch.Tensor,
) -> torch.Tensor:
    """Return which slots were lifted by what each arm was meant to do, shape (N, A, S), bool.

    Where both arms hold something, an object belongs to the nearer one. Where one arm was meant to lift something, all
    that is lifted is its, whichever arm has done it.

    Args:
        before: positions before the action [m], shape (N, S, 3).
        at_top: positions when the lift of each arm ends, shape (N, A, S, 3).
        tcp: where the TCPs of all arms are then, shape (N, A, A, 3); the other arm's stands in column of that arm.
        holds: which arms have held something up, shape (N, A), bool.
        picks: which arms were meant to, shape (N, A), bool.
        active: which slots hold an object, shape (N, S), bool.
    """
    up = active[:, None] & holds[..., None] & (at_top[..., 2] - before[:, None, :, 2] > LIFTED)
    nearest = (at_top[..., None, :] - tcp[:, :, None]).norm(dim=-1).argmin(dim=-1)
    own = torch.arange(holds.shape[1], device=holds.device)[:, None]
    lifted = up & ((nearest == own) | (holds.sum(dim=1) < 2)[:, None, None])
    alone = (picks.sum(dim=1) == 1)[:, None, None]
    return torch.where(alone, lifted.any(dim=1, keepdim=True) & picks[..., None], lifted)


def wrongly_lifted(lifted: torch.Tensor, grasps: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Return in which worlds, shape (N,), grasps lifted more objects beside a wanted one than there are arms for them.

    Args:
        lifted: slots that each arm lifted, shape (N, A, S), bool.
        grasps: which arms grasp, shape (N, A), bool.
        wanted: slots of which one is to be taken: the target's, or all of them, shape (N, S), bool.
    """
    taken = (lifted & grasps[..., None]).any(dim=1)
    others = taken.sum(dim=1) - (taken & wanted).any(dim=1).long()
    return others > (grasps.sum(dim=1) - 1).clamp(min=0)


def moved_slots(before: torch.Tensor, after: torch.Tensor, active: torch.Tensor) -> torch.Tensor:
    """Return which slots lie elsewhere, shape (N, S), from positions before and after the action, (N, S, 3) [m]."""
    return active & ((after - before).norm(dim=-1) > MOVED)


def lost_slots(position: torch.Tensor, active: torch.Tensor, margin: float = 0.0) -> torch.Tensor:
    """Return which active slots at ``position`` (N, S, 3) [m] are outside the workspace, shape (N, S).

    With a ``margin`` [m], those that are nearer to its edge than that count, too.
    """
    outside = (position[..., :2].abs() > TABLE_EDGE - margin).any(dim=-1) | (position[..., 2] < -0.01)
    return active & outside


def push_succeeded(
    before: torch.Tensor,
    after: torch.Tensor,
    visible_before: torch.Tensor,
    visible_after: torch.Tensor,
    threshold: float = 0.1,
) -> torch.Tensor:
    """Whether a push helped: the isolate rate rose by the threshold, or the target came into view.

    A target out of view has no isolate rate: a push after which it is not visible did not help.

    Args:
        before: Isolate rate before the push, shape (N,), floating.
        after: Isolate rate after it, shape (N,), floating.
        visible_before: Whether the target was visible before, shape (N,), bool.
        visible_after: Whether it is visible after, shape (N,), bool.
        threshold: Least rise of the isolate rate that counts.

    Returns:
        Bool, shape (N,).

    Raises:
        ValueError: If a shape or dtype is wrong, a rate is NaN or outside [0, 1], or the threshold is not in (0, 1].
    """
    require_rates("before", before, visible_before=visible_before, visible_after=visible_after)
    require_rates("after", after, visible_before=visible_before)
    if not 0.0 < threshold <= 1.0:
        raise ValueError(f"threshold must be in (0, 1], got {threshold}")
    rose = after - before >= threshold - 1e-6  # 1e-6: 0.3 - 0.2 in float32 counts as 0.1
    return visible_after & (rose | ~visible_before)
