"""What a second arm may grasp at once with the first one while a table is cleared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from pushgrasp.interface.action import Action, Kind
from pushgrasp.interface.world import Observation
from pushgrasp.perception.masks import centroid, is_visible

APART = 0.2
"""Least distance from the first grasp [m]; grippers that are nearer have to wait for each other."""

MOST = 6
"""Objects that are thought about: those of which most is seen."""


def with_partner(first: Action, seen: Observation, grasp: Callable[[Observation], Action]) -> Action:
    """Return the only grasp of a world, N = 1, with one of another object by the other arm, where there is one.

    Args:
        first: What is done anyway; it stays alone but for one grasp of one of two arms, where a table is cleared.
        seen: What the camera sees.
        grasp: Gives what a policy would do if another object were the target.
    """
    arms = first.arms(0, Kind.GRASP)
    if not seen.clearing or first.kind.shape[1] == 1 or len(arms) != 1:
        return first
    for other in other_targets(seen, first.position[0, arms[0]]):
        second = grasp(other)
        if goes_with(first, second):
            return together(first, second)
    return first


def other_targets(seen: Observation, position: Tensor) -> list[Observation]:
    """Return one world, N = 1, with each other object apart from a TCP (3,) [m] as its target; :data:`MOST` at most."""
    ids = seen.heightmaps.ids
    others = ids.unique()
    others = others[(others > 0) & (others != seen.target_id)]
    masks = ids == others[:, None, None]
    middle = seen.workspace.cell_to_xy(centroid(masks))
    good = is_visible(masks) & ((middle - position[:2]).norm(dim=1) >= APART)
    cells = torch.where(good, masks.sum(dim=(1, 2)), 0)
    order = cells.argsort(descending=True, stable=True)[: min(int(good.sum()), MOST)]
    return [replace(seen, target_id=others[number, None]) for number in order]


def goes_with(first: Action, second: Action) -> bool:
    """Whether the grasp of one world, N = 1, can be joined by another one: by the other arm, apart from it."""
    grasps = [(action.kind == Kind.GRASP) & action.valid for action in (first, second)]
    if grasps[0].sum() != 1 or grasps[1].sum() != 1 or bool((grasps[0] & grasps[1]).any()):
        return False
    near, far = (action.position[where] for action, where in zip((first, second), grasps, strict=True))
    return float((near - far)[:, :2].norm()) >= APART


def together(first: Action, second: Action) -> Action:
    """Return both actions of one world, N = 1, as one: each arm does what either of them has for it."""
    own = second.valid
    joined = first.clone()
    for name in ("kind", "valid", "position", "rotation", "width"):
        getattr(joined, name)[own] = getattr(second, name)[own]
    return joined
