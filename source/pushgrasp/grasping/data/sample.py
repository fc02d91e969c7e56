"""One picture with grasp labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

from pushgrasp.grasping.angle_view import NUM_CLASSES
from pushgrasp.grasping.data.cells import BLOCK, GRID

SIZE = GRID * BLOCK
"""Cells along a side of the pictures."""


@dataclass
class GraspSample:
    """A colour heightmap, what it shows, and which grasps work there; L labels.

    Attributes:
        rgb: Colour heightmap, row 0 at the far edge, uint8, shape (3, 224, 224).
        height: Height above the table [m], float16, shape (224, 224).
        ids: Object slot index + 1, 0 for the background, uint8, shape (224, 224).
        cell: Grid cell of each label, row * 56 + column, int16, shape (L,).
        view_angle: Class of each label (see :mod:`pushgrasp.grasping.angle_view`), int16, shape (L,).
        friction: Smallest coefficient of friction with which the grasp holds, float16, shape (L,); lower is better.
        meta: Where the sample comes from: values that JSON knows.

    Raises:
        ValueError: If a tensor has the wrong type or shape, or a label is out of range; names it.
    """

    rgb: torch.Tensor
    height: torch.Tensor
    ids: torch.Tensor
    cell: torch.Tensor
    view_angle: torch.Tensor
    friction: torch.Tensor
    meta: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        labels = (self.cell.shape[0] if self.cell.ndim else 0,)
        wanted = {
            "rgb": (torch.uint8, (3, SIZE, SIZE)),
            "height": (torch.float16, (SIZE, SIZE)),
            "ids": (torch.uint8, (SIZE, SIZE)),
            "cell": (torch.int16, labels),
            "view_angle": (torch.int16, labels),
            "friction": (torch.float16, labels),
        }
        for name, (dtype, shape) in wanted.items():
            value = getattr(self, name)
            if value.dtype != dtype or tuple(value.shape) != shape:
                raise ValueError(f"{name} is {value.dtype} {tuple(value.shape)}; needed: {dtype} {shape}")
        for name, limit in (("cell", GRID * GRID), ("view_angle", NUM_CLASSES)):
            value = getattr(self, name)
            if bool(((value < 0) | (value >= limit)).any()):
                raise ValueError(f"{name} holds values outside 0..{limit - 1}")
        if not bool((self.friction >= 0).all()):  # also false for NaN
            raise ValueError("friction holds NaN or negative values")
