"""The amodal net: from what is seen of an object to its full mask, what is hidden of it included.

Ding et al., Sec. III-B, take UOAIS for it, which looks at the camera's picture. Here a plain U-Net looks at a window of
the heightmaps.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from pushgrasp.perception.masks import centroid
from pushgrasp.policies.maps.crop import crop, window_at
from pushgrasp.policies.maps.oriented_net import PlainLayers, UNet

RELATIVE_UNIT, HEIGHT_UNIT = 0.03, 0.05
"""Heights above what is seen of the object, and above the table, go into the net in units of these [m]."""


class AmodalNet(nn.Module):
    """What is seen about an object to the log-odds that it covers a cell, seen or not."""

    def __init__(self, widths: Sequence[int]) -> None:
        """Build it with so many channels at each level, each half as fine as the one before."""
        super().__init__()
        self.unet = UNet(PlainLayers(1), 4, 0, widths)
        self.head = nn.Conv2d(widths[0], 1, 1)

    def forward(self, height: Tensor, seen: Tensor, others: Tensor) -> Tensor:
        """Return log-odds (N, S, S).

        Args:
            height: Heights [m], shape (N, S, S).
            seen: Cells that show the object, shape (N, S, S), 0 or 1.
            others: Cells that show other objects, shape (N, S, S), 0 or 1.
        """
        level = (height * seen).sum(dim=(1, 2)) / seen.sum(dim=(1, 2)).clamp_min(1.0)
        relative = (height - level[:, None, None]) / RELATIVE_UNIT
        return self.head(self.unet(torch.stack((relative, height / HEIGHT_UNIT, seen, others), dim=1)))[:, 0]


def object_window(seen: Tensor, size: int) -> Tensor:
    """Return the first cell (N, 2), long, of the window of ``size`` cells about what is seen (N, H, W), bool."""
    return window_at(centroid(seen), size)


def full_masks(net: AmodalNet, height: Tensor, ids: Tensor, seen: Tensor, size: int) -> Tensor:
    """Return the full mask of an object in each of N worlds: what is seen of it and what the net adds.

    Args:
        net: The net, in evaluation mode.
        height: Heightmaps [m], shape (N, H, W), square.
        ids: Number of the object in each cell, 0 for none, shape (N, H, W).
        seen: Cells that show the object, shape (N, H, W), bool; where none do, the full mask is empty, too.
        size: Side of the net's window [cells].

    Returns:
        Bool, shape (N, H, W).
    """
    corner = object_window(seen, size)
    others = (ids > 0) & ~seen
    logits = net(*(crop(part.float(), corner, size) for part in (height, seen, others)))
    added = crop(logits > 0.0, -corner, seen.shape[1])  # the map as a window of the window
    return seen | (added & seen.flatten(1).any(dim=1)[:, None, None])


def occluded_share(seen: Tensor, full: Tensor) -> Tensor:
    """Return which share of full masks (N, H, W), bool, is not among the cells that are seen, shape (N,).

    An object without a full mask counts as wholly hidden (o in Ding et al., Sec. III-D).
    """
    area = full.sum(dim=(1, 2))
    return 1.0 - (seen & full).sum(dim=(1, 2)) / area.clamp_min(1)
