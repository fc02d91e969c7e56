"""Targets chosen by how much of them the overhead camera sees once the scene has settled."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

import torch

from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.visibility import OverheadView, visible_shares

Choice = Literal["given", "same shape", "any", "least visible"]


@dataclass(frozen=True)
class VisibilityRule:
    """Which target a settled scene must have.

    Attributes:
        low: Least share of the target that is seen.
        high: Greatest share.
        choice: The target that the scene has; any object of its shape; any object; or the one least seen.

    Raises:
        ValueError: If the range is empty or the choice unknown.
    """

    low: float = 0.0
    high: float = 1.0
    choice: Choice = "given"

    def __post_init__(self) -> None:
        if not 0.0 <= self.low <= self.high <= 1.0:
            raise ValueError(f"a visible share is 0 to 1, got {self.low} to {self.high}")
        if self.choice not in get_args(Choice):
            raise ValueError(f"unknown choice {self.choice!r}; choices: {', '.join(get_args(Choice))}")


def with_target(
    scene: Scene, rule: VisibilityRule, generator: torch.Generator, view: OverheadView | None = None
) -> Scene | None:
    """Give a settled scene its target and its target's visibility; None if no object of it will do.

    Args:
        scene: The scene at rest.
        rule: Which target it must have.
        generator: Draws one where several will do.
        view: The camera; the environment's if None.
    """
    shares = visible_shares(scene, view)
    fits = (shares >= rule.low) & (shares <= rule.high)
    if rule.choice == "given":
        fits &= torch.arange(len(shares)) == scene.target
    if rule.choice == "same shape":
        fits &= torch.tensor([shape == scene.shapes[scene.target] for shape in scene.shapes])
    if not bool(fits.any()):
        return None
    places = fits.nonzero()[:, 0]
    if rule.choice == "least visible":
        target = int(places[shares[places].argmin()])
    else:
        target = int(places[int(torch.randint(len(places), (), generator=generator))])
    return replace(scene, target=target, visibility=float(shares[target]))
