"""Q nets: pictures to the worth of each direction and cell, and their weights in plain torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from torch import Tensor, nn

from pushgrasp.files.typed_json import MAY_LACK
from pushgrasp.settings import Count, Settings

from .oriented_net import DirectionHead, Layers, PlainLayers, UNet, make_layers, take_over

GRASP, PUSH, MOVE = "grasp", "push", "move"
"""Names of Q nets by what they choose."""


BEGINNING = 0.1
"""Weights of the last layer begin so much smaller than usual: an untrained net holds nothing for worth much."""


@dataclass
class QNetsCfg(Settings):
    """What the nets are like. Jaws are symmetric: nets for grasps and moves have their directions over 180 degrees."""

    group: Count = 8
    """Order of the cyclic group of turns, even."""
    directions: Count = 16
    """Directions of each net, a multiple of the group's order."""
    widths: tuple[Count, ...] = (2, 4, 8, 16)
    """Fields at each level of the U-Nets; each has as many channels as the group has turns."""
    window: Count = 112
    """Side of the part of the heightmap that is looked at [cells]."""
    colours: bool = False
    """Whether nets look at colours, too."""
    trunks: Literal["", "densenet121", "mobilenet_v3"] = field(default="", metadata=MAY_LACK)
    """Trunks of the published kind, which look at the turned picture once for each direction (see :mod:`.trunks`) and
    need colours; empty: one equivariant U-Net."""

    def check(self, where: str) -> None:
        """Refuse nets that cannot be built."""
        super().check(where)
        if self.group % 2:
            raise ValueError(f"{where}.group={self.group}: an even number is needed, since jaws are symmetric")
        if self.directions % self.group:
            raise ValueError(f"{where}.directions={self.directions}: a multiple of {self.group} is needed")
        if self.window % (step := 2 ** (len(self.widths) - 1)):
            raise ValueError(f"{where}.window={self.window}: a multiple of {step} is needed for the levels")
        if self.trunks and not self.colours:
            raise ValueError(f"{where}.trunks={self.trunks}: these look at colours; set {where}.colours=true")


class QNet(nn.Module):
    """Pictures to the worth of an action, for each of some directions and each cell."""

    def __init__(self, layers: Layers, scalars: int, widths: Sequence[int], directions: int, half: bool) -> None:
        """Build it for so many maps; ``half``: directions are over 180 degrees, else over 360."""
        super().__init__()
        self.unet = UNet(layers, scalars, 0, widths)
        self.head = DirectionHead(layers, widths[0], directions, half)
        for weight in self.head.parameters():
            weight.data *= BEGINNING

    def forward(self, channels: Tensor) -> Tensor:
        """Return worths (N, directions, S, S) from maps (N, C, S, S)."""
        return self.head(self.unet(channels))


def build_nets(names: Sequence[str], cfg: QNetsCfg, layers: Layers | None = None) -> dict[str, nn.Module]:
    """Return untrained nets by name; equivariant ones where no layers are given.

    Raises:
        ImportError: If escnn is needed and missing; says what to type.
    """
    if cfg.trunks:
        from .trunks import TurnedNet  # torchvision's models take a second to load

        return {name: TurnedNet(cfg.trunks, cfg.directions, half=name != PUSH) for name in names}
    layers = layers or make_layers(cfg.group, equivariant=True)
    scalars = 6 if cfg.colours else 3
    return {name: QNet(layers, scalars, cfg.widths, cfg.directions, half=name != PUSH) for name in names}


def plain_nets(nets: Mapping[str, nn.Module], cfg: QNetsCfg) -> dict[str, nn.Module]:
    """Return the same nets in plain torch, in evaluation mode."""
    plain = build_nets(tuple(nets), cfg, PlainLayers(cfg.group))
    for name, net in plain.items():
        take_over(net, nets[name])
    return plain
