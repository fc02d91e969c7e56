"""Pictures as a real depth camera gives them: noisy, with holes, in other light, from not quite where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import torch
from torch import Tensor
from torch.nn.functional import interpolate
from torchvision.transforms.functional import gaussian_blur

from pushgrasp.settings import Range, Settings

DEPTH_PATCH, HOLE_PATCH = 2, 8
"""Sides of the squares within which errors of depth are alike, and in which depth is missing at once [pixels]."""


@dataclass
class CameraNoiseCfg(Settings):
    """How far a camera is from perfect; all zero: not at all."""

    depth: Annotated[float, Range(least=0, most=0.1)] = 0.0
    """Standard deviation of depth at a distance of 1 m [m]; it grows with the square of the distance, as with stereo
    cameras. A RealSense D435 has about 1 to 2 mm."""
    holes: Annotated[float, Range(least=0, most=0.9)] = 0.0
    """Share of the picture in which depth is missing, in blots."""
    colour: Annotated[float, Range(least=0, most=0.9)] = 0.0
    """Largest change of the gain of each colour channel and of the brightness, as a share; drawn for each episode."""
    shift: Annotated[float, Range(least=0, most=0.1)] = 0.0
    """Standard deviation along each axis of where the camera is wrongly thought to be [m]; drawn for each episode."""
    tilt: Annotated[float, Range(least=0, most=0.2)] = 0.0
    """Standard deviation about each axis of how it is wrongly thought to be turned [rad]; drawn for each episode."""

    @property
    def is_on(self) -> bool:
        """Whether there is any noise."""
        return any(value > 0.0 for value in vars(self).values())


NOISE = {
    "calibrated": CameraNoiseCfg(depth=0.002, holes=0.03, colour=0.2, shift=0.001, tilt=0.0005),
    "poor": CameraNoiseCfg(depth=0.002, holes=0.03, colour=0.2, shift=0.003, tilt=0.005),
}
"""Cameras by name: after a proper calibration, which leaves 1 to 3 mm at the table, 2 m away, and after a poor one,
which leaves 10 mm."""


@dataclass
class CameraNoise:
    """The noise of one camera: what stays in an episode, and a generator for what changes with every picture."""

    cfg: CameraNoiseCfg
    generator: torch.Generator
    gain: Tensor = field(init=False)
    """Factor of each colour channel, shape (3,)."""
    shift: Tensor = field(init=False)
    """Error of the position [m], shape (3,)."""
    turn: Tensor = field(init=False)
    """Error of the orientation, shape (3, 3)."""

    def __post_init__(self) -> None:
        """Draw what stays."""
        brightness, *channels = (2.0 * torch.rand(4, generator=self.generator) - 1.0).unbind()
        self.gain = (1.0 + self.cfg.colour * brightness) * (1.0 + self.cfg.colour * torch.stack(channels))
        self.shift = self.cfg.shift * torch.randn(3, generator=self.generator)
        x, y, z = (self.cfg.tilt * torch.randn(3, generator=self.generator)).unbind()
        zero = torch.zeros(())
        skew = torch.stack((zero, -z, y, z, zero, -x, -y, x, zero)).view(3, 3)
        self.turn = torch.linalg.matrix_exp(skew)

    def picture(self, rgb: Tensor, depth: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the camera gives instead of a perfect picture.

        Args:
            rgb: Colours, shape (h, w, 3), uint8.
            depth: Distance to the image plane [m], shape (h, w).
        """
        noise = self._patches(depth, DEPTH_PATCH)
        depth = depth + self.cfg.depth * depth.square() * noise
        if self.cfg.holes > 0.0:
            blots = gaussian_blur(self._patches(depth, HOLE_PATCH)[None], [9, 9])[0]
            depth = depth.masked_fill(blots > blots.flatten().quantile(1.0 - self.cfg.holes), 0.0)
        lit = (rgb.float() * self.gain.to(rgb.device)).round().clamp(0, 255).to(rgb.dtype)
        return lit, depth

    def pose(self, rotation: Tensor, position: Tensor) -> tuple[Tensor, Tensor]:
        """Return where the camera is thought to be: rotation (3, 3) and position (3,) [m] with their errors."""
        return self.turn.to(rotation) @ rotation, position + self.shift.to(position)

    def _patches(self, like: Tensor, side: int) -> Tensor:
        """Standard normal numbers (h, w), the same within squares."""
        rows, columns = (-(-size // side) for size in like.shape)
        values = torch.randn(1, 1, rows, columns, generator=self.generator)
        return interpolate(values, scale_factor=side)[0, 0, : like.shape[0], : like.shape[1]].to(like)
