"""Policy and value nets on the angle-view heatmap (Wang & Kasaei 2025, Sec. III-A 2).

Both: convolution to 180 channels, depthwise and pointwise convolution, convolution back to 360 channels, three fully
connected layers. The paper leaves the spatial reduction open; here each of the three convolutions with a spatial
kernel halves the size, 56 -> 28 -> 14 -> 7.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

from pushgrasp.grasping.angle_view import NUM_CLASSES
from pushgrasp.policies.pg4da.action import ACTION_SIZE, MAP_SIZE

TRUNK_CHANNELS = 180
TRUNK_CELLS = MAP_SIZE // 8
"""Cells along each side of the trunk's output."""

POLICY_OUTPUT_GAIN = 0.01
"""Gain of the policy's last layer: early actions hardly depend on the picture, so that exploration starts unbiased."""


class Trunk(nn.Sequential):
    """Convolutions shared in kind (not in weights) by policy and value net: (N, 360, 56, 56) -> (N, 17640).

    The heatmap is normalised over each world's 360 x 56 x 56 numbers first: logits of any offset, and of any
    scale well above 0.003 (where the normalisation's epsilon sets in), do.
    """

    def __init__(self) -> None:
        super().__init__(
            nn.GroupNorm(1, NUM_CLASSES, affine=False),
            nn.Conv2d(NUM_CLASSES, TRUNK_CHANNELS, kernel_size=3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(TRUNK_CHANNELS, TRUNK_CHANNELS, kernel_size=3, stride=2, padding=1, groups=TRUNK_CHANNELS),
            nn.Conv2d(TRUNK_CHANNELS, TRUNK_CHANNELS, kernel_size=1),
            nn.ReLU(),
            nn.Conv2d(TRUNK_CHANNELS, NUM_CLASSES, kernel_size=3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
        )
        for layer in self:
            if isinstance(layer, nn.Conv2d):
                # The depthwise convolution has no ReLU behind it and keeps its input's variance with gain 1.
                gain = "linear" if layer.groups > 1 else "relu"
                nn.init.kaiming_normal_(layer.weight, nonlinearity=gain)
                nn.init.zeros_(layer.get_parameter("bias"))


class PolicyNet(nn.Module):
    """Mean action from the angle-view heatmap."""

    def __init__(self, num_outputs: int = ACTION_SIZE, hidden: Sequence[int] = (1024, 1024)) -> None:
        """Build the net.

        Args:
            num_outputs: Numbers in the action.
            hidden: Widths of the first two fully connected layers.

        Raises:
            ValueError: If ``hidden`` does not hold two positive widths.
        """
        super().__init__()
        self.trunk = Trunk()
        self.layers = _fully_connected(num_outputs, hidden, output_gain=POLICY_OUTPUT_GAIN)

    def forward(self, avh: torch.Tensor) -> torch.Tensor:
        """Mean actions, shape (N, num_outputs), of heatmaps (N, 360, 56, 56); ValueError for other shapes."""
        _check_heatmap(avh)
        return self.layers(self.trunk(avh))


class ValueNet(nn.Module):
    """Expected return from the angle-view heatmap."""

    def __init__(self, hidden: Sequence[int] = (256, 64)) -> None:
        """Build the net; ``hidden`` are the widths of the first two fully connected layers, ValueError if not two."""
        super().__init__()
        self.trunk = Trunk()
        self.layers = _fully_connected(1, hidden, output_gain=1.0)

    def forward(self, avh: torch.Tensor) -> torch.Tensor:
        """Values, shape (N, 1), of heatmaps (N, 360, 56, 56); ValueError for other shapes."""
        _check_heatmap(avh)
        return self.layers(self.trunk(avh))


def _fully_connected(num_outputs: int, hidden: Sequence[int], output_gain: float) -> nn.Sequential:
    """Three linear layers with ReLU between them; orthogonal weights, but He weights in the wide first layer.

    Orthogonalising the first takes seconds, and random rows that long are nearly orthogonal anyway.
    """
    if len(hidden) != 2 or min(hidden) < 1:
        raise ValueError(f"hidden is {tuple(hidden)}; expected two positive layer widths")
    widths = (NUM_CLASSES * TRUNK_CELLS * TRUNK_CELLS, *hidden, num_outputs)
    linear = [nn.Linear(inputs, outputs) for inputs, outputs in pairwise(widths)]
    nn.init.kaiming_normal_(linear[0].weight, nonlinearity="relu")
    nn.init.orthogonal_(linear[1].weight, math.sqrt(2))
    nn.init.orthogonal_(linear[2].weight, output_gain)
    for layer in linear:
        nn.init.zeros_(layer.get_parameter("bias"))
    return nn.Sequential(linear[0], nn.ReLU(), linear[1], nn.ReLU(), linear[2])


def _check_heatmap(avh: torch.Tensor, channels: int = NUM_CLASSES, size: int = MAP_SIZE) -> None:
    """Raise ValueError unless ``avh`` has shape (N, 360, 56, 56). TorchScript wants constants as defaults."""
    if avh.dim() != 4 or avh.shape[1] != channels or avh.shape[2] != size or avh.shape[3] != size:
        raise ValueError(f"avh has shape {list(avh.shape)}; expected (N, 360, 56, 56)")
