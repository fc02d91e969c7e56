"""Nets whose maps have a channel for each of some directions.

A net is put together from layers of two kinds: those of escnn, equivariant to turns of a cyclic group, with which it is
trained (:mod:`.escnn_layers`), and plain ones of the same sizes. The plain net takes over what an equivariant one has
learned, exactly, and needs no escnn (:func:`take_over`). A plain net that is trained itself is the ablation.

Channels of hidden layers come in fields of ``order`` numbers, one per turn of the group. A channel of the output stands
for a direction: counted from world x (columns) towards world y (against the rows), evenly spaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d

from .escnn_layers import EquivariantLayer, EquivariantLayers


class Layers(Protocol):
    """Makes the layers of a net."""

    order: int
    """Numbers of a field."""

    def block(self, scalars: int, fields: int, outputs: int) -> nn.Module:
        """Return convolution, normalisation and ReLU, from scalar maps and fields to ``outputs`` fields."""
        ...

    def mix(self, fields: int, outputs: int) -> nn.Module:
        """Return a linear layer without bias, cell by cell."""
        ...

    def head(self, fields: int, outputs: int, half: bool) -> nn.Module:
        """Return the last layer: ``outputs`` fields over all turns, or, if ``half``, over those up to 180 degrees."""
        ...


class PlainLayers:
    """Makes layers of plain torch."""

    def __init__(self, order: int) -> None:
        """Choose how many channels stand for a field."""
        self.order = order

    def block(self, scalars: int, fields: int, outputs: int) -> nn.Module:
        """Return convolution, normalisation and ReLU, from scalar maps and fields to ``outputs`` fields."""
        channels = outputs * self.order
        convolution = nn.Conv2d(scalars + fields * self.order, channels, 3, padding=1, bias=False)
        return nn.Sequential(convolution, nn.BatchNorm2d(channels), nn.ReLU())

    def mix(self, fields: int, outputs: int) -> nn.Module:
        """Return a linear layer without bias, cell by cell."""
        return nn.Conv2d(fields * self.order, outputs * self.order, 1, bias=False)

    def head(self, fields: int, outputs: int, half: bool) -> nn.Module:
        """Return the last layer: ``outputs`` fields over all turns, or, if ``half``, over those up to 180 degrees."""
        return nn.Conv2d(fields * self.order, outputs * self.order // (2 if half else 1), 1)


def make_layers(order: int, equivariant: bool) -> Layers:
    """Return what makes the layers of nets.

    Raises:
        ImportError: If escnn is needed and missing; says what to type.
    """
    return EquivariantLayers(order) if equivariant else PlainLayers(order)


class UNet(nn.Module):
    """Maps to fields: blocks with pooling in between, and the same way back up."""

    def __init__(self, layers: Layers, scalars: int, fields: int, widths: Sequence[int]) -> None:
        """Build it.

        Args:
            layers: What makes its layers.
            scalars: Maps that go in.
            fields: Fields that go in, after the maps.
            widths: Fields at each level, each half as fine as the one before; ``widths[0]`` come out.
        """
        super().__init__()
        inputs = [(scalars, fields), *((0, width) for width in widths[:-1])]
        self.down = nn.ModuleList(layers.block(*given, width) for given, width in zip(inputs, widths, strict=True))
        pairs = zip(widths[-2::-1], widths[:0:-1], strict=True)
        self.up = nn.ModuleList(layers.block(0, coarse + fine, fine) for fine, coarse in pairs)

    def forward(self, x: Tensor) -> Tensor:
        """Return fields (N, widths[0] * order, S, S) of maps (N, C, S, S)."""
        skipped: list[Tensor] = []
        for block in self.down:
            x = max_pool2d(x, 2) if skipped else x
            x = block(x)
            skipped.append(x)
        for block, fine in zip(self.up, skipped[-2::-1], strict=True):
            coarse = interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
            x = block(torch.cat((coarse, fine), dim=1))
        return x

    @property
    def step(self) -> int:
        """The side of its maps must be a multiple of this."""
        return 2 ** (len(self.down) - 1)


class DirectionHead(nn.Module):
    """Fields to one map per direction, in the order of the directions."""

    def __init__(self, layers: Layers, fields: int, directions: int, half: bool) -> None:
        """Build it.

        Args:
            layers: What makes its layers.
            fields: Fields that go in.
            directions: Directions over 360 degrees, or, if ``half``, over 180.
            half: Whether a direction and its opposite are the same.

        Raises:
            ValueError: If turns of the group do not lead from directions to directions.
        """
        super().__init__()
        self._turns = turns = layers.order // (2 if half else 1)
        if directions % turns or (half and layers.order % 2):
            over = "180" if half else "360"
            raise ValueError(f"{directions} directions over {over} degrees; the group needs a multiple of {turns}")
        self.map = layers.head(fields, directions // turns, half)

    def forward(self, x: Tensor) -> Tensor:
        """Return scores (N, directions, S, S) of fields (N, C, S, S)."""
        return self.map(x).unflatten(1, (-1, self._turns)).transpose(1, 2).flatten(1, 2)


def take_over(plain: nn.Module, net: nn.Module) -> None:
    """Give a net of plain layers the weights of a net of equivariant or plain layers, put it in evaluation mode.

    It then gives what ``net`` gives in evaluation mode; ``net`` stays in the mode that it is in.

    Args:
        plain: Net of plain layers.
        net: The same net of other layers.
    """
    mode, parts = net.training, []
    for name, part in net.named_modules():
        if isinstance(part, EquivariantLayer):
            plain.get_submodule(name).load_state_dict(part.export().state_dict())
            parts.append(f"{name}.")
    own = {name: value for name, value in net.state_dict().items() if not name.startswith(tuple(parts))}
    plain.load_state_dict({**plain.state_dict(), **own})
    net.train(mode)
    plain.eval()


def put_back(net: nn.Module, plain: nn.Module) -> None:
    """Give a net the weights that a net of plain layers has taken over from one like it, put it in training mode.

    Args:
        net: Net of equivariant or plain layers.
        plain: The same net of plain layers.
    """
    net.train()
    layers = {name: part for name, part in net.named_modules() if isinstance(part, EquivariantLayer)}
    for name, part in layers.items():
        part.put_back(plain.get_submodule(name))
    parts = tuple(f"{name}." for name in layers)
    own = {name: value for name, value in plain.state_dict().items() if not name.startswith(parts)}
    net.load_state_dict({**net.state_dict(), **own})
