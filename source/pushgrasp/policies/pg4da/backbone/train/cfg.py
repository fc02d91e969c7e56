"""Settings of a training of the angle-view net, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

from pushgrasp.policies.pg4da.backbone.avn import DEFAULT_ENCODER, ENCODERS
from pushgrasp.policies.pg4da.backbone.train.losses import LOSSES

CELLS = ("object", "all")
"""Cells that count: those that show an object, or the whole grid (Wang & Kasaei 2025)."""


@dataclass(frozen=True)
class AugmentCfg:
    """Random changes of a picture; all but shift and crop leave the labels alone.

    Only shifts by whole cells keep the classes: the lattice of views has no symmetry, so that a turned or mirrored
    picture would need each label rounded to another class, up to 10 degrees away. Crops make a step cheaper: most of a
    picture shows the empty table.
    """

    brightness: float = 0.2  # largest change of the picture's brightness, as a share
    contrast: float = 0.2  # largest change of the contrast about the picture's mean, as a share
    gain: float = 0.15  # largest change of each colour channel, as a share
    shuffle: float = 0.5  # probability that the colour channels change places
    noise: float = 0.03  # largest standard deviation of noise per pixel, of the range 0 to 1
    blur: float = 0.3  # probability of a 3 x 3 blur
    shadow: float = 0.3  # probability of a soft shadow over a half-plane
    shift: int = 6  # largest shift along each axis [cells of the 56 x 56 grid]; not used with a crop
    crop: int = 0  # side of the square about a random object that is cut out [cells]; 0: the whole picture

    def __post_init__(self) -> None:
        """Reject values out of range."""
        for name in ("brightness", "contrast", "gain", "shuffle", "noise", "blur", "shadow"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"augmentation {name} is {getattr(self, name)}; allowed: 0 to 1")
        if not 0 <= self.shift <= 28:
            raise ValueError(f"augmentation shift is {self.shift} cells; allowed: 0 to 28")
        if self.crop not in (0, 16, 24, 32, 40, 48):
            raise ValueError(f"augmentation crop is {self.crop} cells; allowed: 0 (none), 16, 24, 32, 40, 48")


@dataclass(frozen=True)
class TrainCfg:
    """One training."""

    encoder: str = DEFAULT_ENCODER
    loss: str = "focal_choice"
    cells: str = "object"
    friction: float = 0.3  # labels that need more friction count as negatives
    steps: int = 20_000  # optimiser steps
    batch: int = 32  # pictures per step
    learning_rate: float = 1e-3  # peak
    warm_up: float = 0.05  # share of the training in which the rate rises to its peak
    weight_decay: float = 1e-2
    max_grad_norm: float = 5.0
    average: float = 0.998  # decay per step of the averaged weights, which are validated and saved; 0: the last ones
    frozen_bn: bool = False  # batch normalisation keeps the statistics of the start
    max_minutes: float | None = None  # the schedule then ends after this time, if that comes before `steps`
    validate_every: int = 500  # steps
    val_samples: int = 256  # pictures of a validation, at most
    save_minutes: float = 5.0  # between two checkpoints
    log_every: int = 20  # steps
    workers: int = 0  # processes that read pictures; 0 reads in the training process
    seed: int = 0
    augment: AugmentCfg = field(default_factory=AugmentCfg)

    def __post_init__(self) -> None:
        """Reject unknown names and values without a meaning."""
        for name, allowed in (("encoder", ENCODERS), ("loss", LOSSES), ("cells", CELLS)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"unknown {name} {getattr(self, name)!r}; allowed: {', '.join(allowed)}")
        positive = ("friction", "steps", "batch", "learning_rate", "max_grad_norm", "validate_every", "val_samples")
        for name in (*positive, "save_minutes", "log_every", "max_minutes"):
            value = getattr(self, name)
            if value is not None and not 0.0 < value < float("inf"):
                raise ValueError(f"{name} is {value}; a positive number is needed")
        for name in ("warm_up", "average"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}; allowed: 0 up to 1")
        for name in ("weight_decay", "workers"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} is {getattr(self, name)}; at least 0 is needed")
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"seed is {self.seed}; allowed: 0 to 2**63 - 1")
