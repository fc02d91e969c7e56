"""Nets of the published kind: an image classifier's trunk looks at the picture once for each direction, turned.

For each direction the picture is turned so that the direction points along the rows, where one trunk sees colours and
one sees heights. Their features are put together and become one map, which is turned back (Zeng et al. 2018; Li et al.
2024, MPGNet, Sec. III-B). A channel of the output stands for a direction as in :mod:`.oriented_net`. Weights begin at
random: none are downloaded. The nets of :mod:`.oriented_net` have the turns built in, and cost a tenth.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample
from torchvision.models import densenet121, mobilenet_v3_large
from torchvision.models.mobilenetv3 import InvertedResidual, InvertedResidualConfig

from .primitives import grasp_angles, push_angles

STRIDE = 32
"""Cells of the turned picture along a side of a cell of the features."""

HEIGHT, GOAL, COLOUR, CHANNELS = slice(0, 1), slice(1, 2), slice(3, 6), 6
"""Channels of the picture: heights, the goal's mask, all objects' mask, and red, green, blue."""

HIDDEN = 64
"""Channels between the two layers that make a map of features."""


class DenseNets(nn.Module):
    """DenseNet-121 for colours and another for heights (Li et al., target switching)."""

    channels = 2 * 1024

    def __init__(self) -> None:
        """Build both."""
        super().__init__()
        self.colour, self.height = (densenet121(weights=None).features for _ in range(2))

    def forward(self, picture: Tensor) -> Tensor:
        """Return features (N, channels, S/32, S/32) of pictures (N, 6, S, S)."""
        heights = picture[:, HEIGHT].expand(-1, 3, -1, -1)
        return torch.cat((self.colour(picture[:, COLOUR]), self.height(heights)), dim=1)


class MobileNets(nn.Module):
    """MobileNetV3-large for colours and another for heights, one of its blocks for the goal's mask (MPGNet)."""

    channels = 2 * 960 + 24

    def __init__(self) -> None:
        """Build them."""
        super().__init__()
        self.colour, self.height = (mobilenet_v3_large(weights=None).features for _ in range(2))
        block = InvertedResidualConfig(8, 3, 16, 24, use_se=False, activation="RE", stride=2, dilation=1, width_mult=1)
        self.goal = InvertedResidual(block, nn.BatchNorm2d)

    def forward(self, picture: Tensor) -> Tensor:
        """Return features (N, channels, S/32, S/32) of pictures (N, 6, S, S)."""
        heights = picture[:, HEIGHT].expand(-1, 3, -1, -1)
        goal = self.goal(avg_pool2d(picture[:, GOAL], STRIDE // 2).expand(-1, 8, -1, -1))  # a block takes 8 or more
        return torch.cat((self.colour(picture[:, COLOUR]), self.height(heights), goal), dim=1)


TRUNKS = {"densenet121": DenseNets, "mobilenet_v3": MobileNets}
"""Published trunks by name."""


class TurnedNet(nn.Module):
    """One map per direction, from trunks that look along it."""

    def __init__(self, trunks: str, directions: int, half: bool, zoom: float = 2.0) -> None:
        """Build it.

        Args:
            trunks: Name of its trunks, of :data:`TRUNKS`.
            directions: Directions over 360 degrees, or, if ``half``, over 180.
            half: Whether a direction and its opposite are the same.
            zoom: How much finer than the picture the turned one is; the published nets see it twice as fine.

        Raises:
            ValueError: If there are no such trunks; the message lists those that there are.
        """
        super().__init__()
        if trunks not in TRUNKS:
            raise ValueError(f"unknown trunks {trunks!r}; trunks: {', '.join(TRUNKS)}")
        self.trunks = TRUNKS[trunks]()
        self.head = nn.Sequential(*_layer(self.trunks.channels, HIDDEN), *_layer(HIDDEN, 1))
        self.angles = [float(angle) for angle in (grasp_angles if half else push_angles)(directions)]
        self._zoom = zoom

    def forward(self, picture: Tensor) -> Tensor:
        """Return worths (N, directions, S, S) of pictures (N, 6, S, S), one direction after the other.

        Raises:
            ValueError: If the pictures have other channels.
        """
        if picture.shape[1] != CHANNELS:
            raise ValueError(f"pictures of {picture.shape[1]} channels; the trunks need {CHANNELS}, with colours")
        return torch.stack([self._along(picture, angle) for angle in self.angles], dim=1)

    def _along(self, picture: Tensor, angle: float) -> Tensor:
        """Return the map (N, S, S) of the direction at an angle [rad]."""
        size = picture.shape[-1]
        cells = STRIDE * math.ceil(math.sqrt(2.0) * self._zoom * size / STRIDE)
        scale = cells / (self._zoom * size)
        seen = _resample(picture, angle, scale, cells, "zeros")
        return _resample(self.head(self.trunks(seen)), -angle, 1.0 / scale, size, "border")[:, 0]


def _layer(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    return nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, outputs, 1, bias=False)


def _resample(maps: Tensor, angle: float, scale: float, size: int, outside: str) -> Tensor:
    """Return squares (N, C, size, size) that show ``scale`` times the side of maps (N, C, S, S) about their middle.

    What lies along ``angle`` [rad], from columns against rows, comes to lie along the columns.
    """
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    turn = maps.new_tensor([[cos, sin, 0.0], [-sin, cos, 0.0]]).expand(len(maps), -1, -1)
    grid = affine_grid(turn, [len(maps), 1, size, size], align_corners=False)
    return grid_sample(maps, grid, mode="bilinear", padding_mode=outside, align_corners=False)
