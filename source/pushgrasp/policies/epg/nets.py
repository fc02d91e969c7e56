"""The three nets of the Equivariant Push-Grasp Network (Hu et al. 2025, Sec. III-E)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from pushgrasp.policies.maps.oriented_net import DirectionHead, Layers, UNet

HEIGHT_UNIT = 0.05
"""Heights go into the nets in units of this [m]."""

NEAR = 0.1
"""Distances of objects go into the nets in units of this [m]."""


class GraspNet(nn.Module):
    """Heights to the log-odds that a grasp lifts what lies there, for each cell and closing angle over 180 degrees."""

    def __init__(self, layers: Layers, widths: Sequence[int], angles: int) -> None:
        """Build it with fields of ``widths`` and a number of angles."""
        super().__init__()
        self.unet = UNet(layers, 1, 0, widths)
        self.head = DirectionHead(layers, widths[0], angles, half=True)

    def forward(self, height: Tensor) -> Tensor:
        """Return log-odds (N, angles, S, S) from heights (N, S, S) [m]."""
        return self.head(self.unet(height[:, None] / HEIGHT_UNIT))


class CriticNet(nn.Module):
    """The surroundings of a grasp to the log-odds that it lifts the target; turns do not change them."""

    def __init__(self, layers: Layers, widths: Sequence[int]) -> None:
        """Build it with fields of ``widths``, one level each."""
        super().__init__()
        self._order = layers.order
        self.stem = layers.block(4, 0, widths[0])
        self.first = nn.ModuleList(layers.block(0, width, width) for width in widths)
        self.second = nn.ModuleList(layers.block(0, width, width) for width in widths)
        self.wider = nn.ModuleList(layers.block(0, a, b) for a, b in pairwise(widths))
        self.out = nn.Linear(widths[-1], 1)

    def forward(self, height: Tensor, target: Tensor, objects: Tensor, jaws: Tensor) -> Tensor:
        """Return log-odds (N,) from windows (N, S, S) about grasps: heights [m], masks, and the jaws as a picture."""
        x = self.stem(torch.stack((height / HEIGHT_UNIT, target, objects, jaws), dim=1))
        for level, (first, second) in enumerate(zip(self.first, self.second, strict=True)):
            x = avg_pool2d(self.wider[level - 1](x), 2) if level else avg_pool2d(x, 2)
            x = x + second(first(x))
        invariant = x.unflatten(1, (-1, self._order)).amax(dim=2)
        return self.out(invariant.mean(dim=(2, 3)))[:, 0]


class ObjectAttention(nn.Module):
    """Objects look at each other: each gets features of those around it, by what they are and where they lie."""

    def __init__(self, layers: Layers, fields: int) -> None:
        """Build it for so many fields."""
        super().__init__()
        order = layers.order
        self._order, self._fields = order, fields
        self.query, self.key, self.value, self.after = (layers.mix(fields, fields) for _ in range(4))
        self.distance = nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 1))
        self.offset = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, fields))
        turn = torch.arange(order) * (2.0 * math.pi / order)
        back = torch.stack((turn.cos(), turn.sin(), -turn.sin(), turn.cos()), dim=-1).view(order, 2, 2)
        self.register_buffer("back", back, persistent=False)

    def forward(self, x: Tensor, masks: Tensor, places: Tensor) -> Tensor:
        """Return the objects' new features, painted where they lie.

        Args:
            x: Fields (N, C, S, S).
            masks: Cells of each object, shape (N, M, S, S), 0 or 1; objects that are not there have none.
            places: Middles of the objects (x, y) [m], shape (N, M, 2).
        """
        area = masks.sum(dim=(2, 3))
        nodes = torch.einsum("nchw,nmhw->ncm", x, masks) / area.clamp_min(1.0)[:, None]
        query, key, value = (part(nodes[..., None])[..., 0] for part in (self.query, self.key, self.value))
        offset = (places[:, None] - places[:, :, None]) / NEAR
        there = (area > 0)[:, None] | torch.eye(masks.shape[1], dtype=torch.bool, device=x.device)
        logits = torch.einsum("nci,ncj->nij", query, key) / query.shape[1] ** 0.5
        logits = logits + self.distance(offset.norm(dim=-1, keepdim=True))[..., 0]
        weights = logits.masked_fill(~there, -torch.inf).softmax(dim=-1)
        seen = self.offset(torch.einsum("gab,nijb->nijga", self.back, offset)).transpose(-1, -2).flatten(-2)
        heard = torch.einsum("nij,ncj->nci", weights, value) + torch.einsum("nij,nijc->nci", weights, seen)
        nodes = nodes + self.after(heard.relu()[..., None])[..., 0]
        return torch.einsum("ncm,nmhw->nchw", nodes, masks)


class PushNet(nn.Module):
    """Heights and masks to the worth of a push, for each cell where it may begin and each direction."""

    def __init__(self, layers: Layers, widths: Sequence[int], directions: int) -> None:
        """Build it with fields of ``widths`` and a number of directions over 360 degrees."""
        super().__init__()
        self.scene = UNet(layers, 3, 0, widths)
        self.objects = ObjectAttention(layers, widths[0])
        self.worth = UNet(layers, 0, 2 * widths[0], widths)
        self.head = DirectionHead(layers, widths[0], directions, half=False)

    def forward(self, height: Tensor, target: Tensor, masks: Tensor, places: Tensor) -> Tensor:
        """Return worths (N, directions, S, S).

        Args:
            height: Heights [m], shape (N, S, S).
            target: Cells of the target, shape (N, S, S), 0 or 1.
            masks: Cells of each object, shape (N, M, S, S), 0 or 1.
            places: Middles of the objects (x, y) [m], shape (N, M, 2).
        """
        x = self.scene(torch.stack((height / HEIGHT_UNIT, target, masks.sum(dim=1)), dim=1))
        return self.head(self.worth(torch.cat((x, self.objects(x, masks, places)), dim=1)))
