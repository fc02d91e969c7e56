"""Camera pictures of any shape as the square pictures that the angle-view net takes, and the way back.

The net's classes are directions, so the picture must be scaled alike in both directions: squashing 1280 x 720 into a
square would turn a closing direction of 45 degrees in the picture into one of 61. Of the ways that keep angles, padding
is taken and not cropping, because clutter reaches beyond the middle square of a wide picture. A Kinect picture of
GraspNet-1Billion then has about 4.5 mm per pixel at half a metre, which is also the scale of this project's heightmaps
(4.46 mm).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn.functional import interpolate, pad

SIZE = 224
"""Side of the net's pictures [pixel]."""

FILL = (0.485, 0.456, 0.406)
"""Colour of the padding: the mean that the net subtracts, so that it sees zeros there."""


@dataclass(frozen=True)
class SquareView:
    """The square that the net sees of a camera picture of ``height`` x ``width`` pixels, centred and padded.

    Raises:
        ValueError: If a side is not positive.
    """

    height: int
    width: int
    size: int = SIZE

    def __post_init__(self) -> None:
        if min(self.height, self.width, self.size) < 1:
            raise ValueError(f"picture of {self.height} x {self.width} pixels as {self.size}: sides must be positive")

    @property
    def side(self) -> int:
        """Side of the square [camera pixel]."""
        return max(self.height, self.width)

    @property
    def scale(self) -> float:
        """Camera pixels per pixel of the square picture."""
        return self.side / self.size

    @property
    def corner(self) -> tuple[int, int]:
        """Column and row of the square's upper left corner in the camera picture, 0 or below."""
        return (self.width - self.side) // 2, (self.height - self.side) // 2

    def colour(self, rgb: torch.Tensor) -> torch.Tensor:
        """Net's picture (3, size, size) float in [0, 1] of a camera picture (3, H, W) uint8, or float in [0, 1]."""
        self._require("rgb", rgb, (3, self.height, self.width))
        picture = rgb.float() / 255.0 if rgb.dtype == torch.uint8 else rgb.float()
        centred = picture - picture.new_tensor(FILL)[:, None, None]  # so that the padding may be 0
        small = interpolate(self._padded(centred)[None], size=(self.size,) * 2, mode="bilinear", antialias=True)[0]
        return (small + picture.new_tensor(FILL)[:, None, None]).clamp(0.0, 1.0)

    def nearest(self, values: torch.Tensor) -> torch.Tensor:
        """Values (H, W) at the middle of each pixel of the square picture, (size, size); 0 in the padding."""
        self._require("values", values, (self.height, self.width))
        row, column = self._middles(values.device)
        inside = ((row >= 0) & (row < self.height))[:, None] & (column >= 0) & (column < self.width)
        taken = values[row.clamp(0, self.height - 1)][:, column.clamp(0, self.width - 1)]
        return torch.where(inside, taken, torch.zeros_like(taken))

    def to_square(self, pixel: torch.Tensor) -> torch.Tensor:
        """Coordinates (column, row) of the camera picture as those of the square one, shape (..., 2)."""
        return (pixel - pixel.new_tensor(self.corner)) / self.scale

    def intrinsics(self, camera: torch.Tensor) -> torch.Tensor:
        """Camera matrix (3, 3) of the square picture, in the convention of ``pushgrasp.perception.camera``."""
        square = camera.clone()
        square[:2, 2] -= camera.new_tensor(self.corner)
        square[:2] /= self.scale
        return square

    def _padded(self, picture: torch.Tensor) -> torch.Tensor:
        left, top = (-value for value in self.corner)
        return pad(picture, (left, self.side - self.width - left, top, self.side - self.height - top))

    def _middles(self, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """Camera rows and columns at the middles of the square picture's pixels."""
        middle = ((torch.arange(self.size, device=device, dtype=torch.float64) + 0.5) * self.scale).floor().long()
        return middle + self.corner[1], middle + self.corner[0]

    @staticmethod
    def _require(name: str, value: torch.Tensor, shape: tuple[int, ...]) -> None:
        if tuple(value.shape) != shape:
            raise ValueError(f"{name} has shape {tuple(value.shape)}; expected {shape}")
