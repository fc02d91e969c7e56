"""When a trial ends: the papers' failure rules, applied to many trials at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch

from pushgrasp.evaluation.records import End

LOST = ("any", "target")

CHANGED_HEIGHT = 0.01
"""A cell whose surface went up or down by more than this has changed [m] (Zeng et al. 2018)."""

CHANGED_AREA = 4e-4
"""So much of the table must change for an action to count as one that changed something [m^2]: 100 px of 2 mm."""


@dataclass(frozen=True)
class FailureRule:
    """What ends a trial without success.

    Raises:
        ValueError: If a number is below 1 or ``lost`` is unknown.
    """

    action_limit: int
    """Actions after which it is over."""
    failed_grasps: int | None = 5
    """Consecutive failed grasps; other actions in between do not count."""
    unchanged: int | None = None
    """Consecutive actions that changed nothing."""
    lost: Literal["any", "target"] = "target"
    """Which object must not fall off the table."""

    def __post_init__(self) -> None:
        for name in ("action_limit", "failed_grasps", "unchanged"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} is {value}; at least 1 is needed")
        if self.lost not in LOST:
            raise ValueError(f"lost is {self.lost!r}; allowed: {', '.join(LOST)}")

    def describe(self) -> str:
        """Return the rule in words."""
        parts = [f"{self.action_limit} actions"]
        parts += [f"{self.failed_grasps} consecutive failed grasps"] if self.failed_grasps else []
        parts += [f"{self.unchanged} consecutive actions without change"] if self.unchanged else []
        return ", ".join([*parts, "any object lost" if self.lost == "any" else "target lost"])


ENDS: tuple[End, ...] = get_args(End)


class TrialRules:
    """Counts in N worlds what a rule counts."""

    def __init__(self, rule: FailureRule, num_worlds: int, device: str | torch.device = "cpu") -> None:
        """Start with nothing counted."""
        self._rule = rule
        self._counts = torch.zeros(3, num_worlds, dtype=torch.long, device=device)

    def begin(self, world: int) -> None:
        """Forget what was counted in a world: a new trial begins there."""
        self._counts[:, world] = 0

    def judge(
        self,
        is_grasp: torch.Tensor,
        grasped: torch.Tensor,
        changed: torch.Tensor,
        lost: torch.Tensor,
        target_lost: torch.Tensor,
        fault: torch.Tensor,
    ) -> torch.Tensor:
        """Count one action per world and return the index into :data:`ENDS` of what it ended, -1 where it goes on.

        Args:
            is_grasp: Whether any arm was meant to grasp, bool; this and all others of shape (N,).
            grasped: Whether a grasp lifted what it should, bool.
            changed: Whether the action changed the picture of the table, bool.
            lost: Objects off the table, long.
            target_lost: Whether the target is one of them, bool.
            fault: Whether the simulation failed, bool.
        """
        rule, counts = self._rule, self._counts
        counts[0] += 1
        counts[1] = torch.where(is_grasp, torch.where(grasped, 0, counts[1] + 1), counts[1])
        counts[2] = torch.where(changed, 0, counts[2] + 1)
        gone = lost > 0 if rule.lost == "any" else target_lost
        limits = rule.action_limit, rule.failed_grasps, rule.unchanged
        over = [self._counts[i] >= limit if limit else torch.zeros_like(fault) for i, limit in enumerate(limits)]
        ended = torch.full_like(counts[0], -1)
        by_rank = ("action limit", over[0]), ("no change", over[2]), ("failed grasps", over[1]), ("object lost", gone)
        for name, hit in (*by_rank, ("completed", grasped), ("simulator fault", fault)):
            ended = torch.where(hit, ENDS.index(name), ended)
        return ended


def has_changed(before: torch.Tensor, after: torch.Tensor, resolution: float) -> torch.Tensor:
    """Return whether height maps (N, H, W) [m] with cells of ``resolution`` [m] differ by enough, shape (N,), bool."""
    cells = ((after - before).abs() > CHANGED_HEIGHT).flatten(1).sum(dim=1)
    return cells * resolution**2 >= CHANGED_AREA
