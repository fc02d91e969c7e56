"""Settings of OPG-Policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pushgrasp.settings import Count, Positive, Range, Settings, Share

METHOD = "opg"
"""Name in the registry of methods."""


@dataclass
class AmodalCfg(Settings):
    """The amodal net, and the stage in which it learns from pairs that the simulation gives."""

    widths: tuple[Count, ...] = (8, 16, 32, 64, 64)
    """Channels at each level of the U-Net."""
    window: Count = 64
    """Side of the window about what is seen of an object [cells]."""
    scenes: str = "P4/random15,P4/random30,P1/case3,P1/case4"
    """Where the pairs come from."""
    iterations: Count = 30
    """Rounds; in each every world gets a new scene, and the net learns from the pairs of all scenes so far."""
    steps: Count = 80
    """Steps per round."""
    batch: Count = 16
    """Pairs of a step."""
    learning_rate: Positive = 3.0e-3
    """Rate at the beginning; it falls to nothing along a cosine."""
    capacity: Count = 8000
    """Pairs that are kept; the oldest are forgotten."""
    little: Share = 0.1
    """Objects with a greater share hidden than this count as partly hidden."""
    kept: Share = 0.33
    """Share of the pairs of other objects that is learned from."""
    validation: Annotated[float, Range(above=0, below=1)] = 0.1
    """Share of the scenes that are held out."""

    def check(self, where: str) -> None:
        """Refuse a window that cannot be halved from level to level."""
        super().check(where)
        step = 2 ** (len(self.widths) - 1)
        if self.window % step:
            raise ValueError(f"{where}.window={self.window}: a multiple of {step} is needed for the levels")


STAGES = ("amodal",)
"""What is trained, in this order."""
