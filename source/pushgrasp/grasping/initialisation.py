"""Random start of the angle-view net whose activations stay alive without any training.

Freshly made, the net is no use as a frozen backbone: batch normalisation holds mean 0 and variance 1, so in evaluation
mode it normalises nothing, and the signal grows from block to block. Here the convolutions get He weights, every
batch normalisation takes its statistics from a few pictures of coloured blocks, and the head is scaled so that
each class has mean 0 and standard deviation 1 on those pictures.

Two choices keep more of the picture in the heatmap, measured by how well a linear map of it tells blocks from ground on
new pictures: residual branches start at a fifth of their strength, and the convolutions before a pixel shuffle start as
nearest-neighbour upsampling (ICNR, Aitken et al. 2017), which avoids a checkerboard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torchvision.models.resnet import Bottleneck

if TYPE_CHECKING:
    from pushgrasp.grasping.avn import AngleViewNet

RESIDUAL_SCALE = 0.2
"""Starting gain of every residual branch; 1 loses about a third of what can be read out linearly, as does 0."""

CALIBRATION_PICTURES = 8
BLOCKS_PER_PICTURE = 12
PICTURE_SIZE = 224
BLOCK_SIZE = (10, 40)
"""Smallest and largest block edge in the calibration pictures [pixels]."""


def initialise(net: AngleViewNet, generator: torch.Generator) -> None:
    """Give ``net`` (on the CPU) random weights with living activations, in place; it is left in evaluation mode."""
    _draw_weights(net, generator)
    _calibrate(net, coloured_blocks(CALIBRATION_PICTURES, generator))


def coloured_blocks(count: int, generator: torch.Generator) -> torch.Tensor:
    """Pictures of coloured rectangles on a plain grey ground, shape (count, 3, 224, 224), RGB in [0, 1]."""
    ground = 0.3 + 0.4 * torch.rand(count, 1, 1, 1, generator=generator)
    pictures = ground.repeat(1, 3, PICTURE_SIZE, PICTURE_SIZE)
    for picture in pictures:
        for _ in range(BLOCKS_PER_PICTURE):
            height, width = torch.randint(BLOCK_SIZE[0], BLOCK_SIZE[1] + 1, (2,), generator=generator).tolist()
            row, col = torch.randint(0, PICTURE_SIZE - BLOCK_SIZE[1], (2,), generator=generator).tolist()
            picture[:, row : row + height, col : col + width] = torch.rand(3, 1, 1, generator=generator)
    return pictures


def _draw_weights(net: AngleViewNet, generator: torch.Generator) -> None:
    """He weights everywhere, ICNR before pixel shuffles, weak residual branches."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
        elif isinstance(module, Bottleneck):
            nn.init.constant_(module.bn3.weight, RESIDUAL_SCALE)
    for block in list(net.decoder)[1:]:
        weight = block[0].weight
        with torch.no_grad():
            weight.copy_(weight[::4].repeat_interleave(4, dim=0))


@torch.no_grad()
def _calibrate(net: AngleViewNet, pictures: torch.Tensor) -> None:
    """Set batch-normalisation statistics and the head's scale and offset from ``pictures`` (n, 3, H, W)."""
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0  # running statistics = statistics of this one batch
    net.train()
    net(pictures)
    net.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    nn.init.zeros_(net.head.bias)
    std, mean = torch.std_mean(net(pictures), dim=(0, 2, 3))
    net.head.weight.div_(std.view(-1, 1, 1, 1))
    net.head.bias.copy_(-mean / std)
