"""Jaws at the surface points of grid cells, in the frames of their classes; see :mod:`.placing` for where they go."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from pushgrasp.grasping.labels.cfg import LabelCfg


@dataclass(frozen=True)
class Jaws:
    """B open jaws; vectors in the frame of each one's class (x closing, y across, z approach)."""

    kind: torch.Tensor
    """Which of the classes at hand, shape (B,), long."""
    place: torch.Tensor
    """Which of the surface points, shape (B,), long."""
    object_id: torch.Tensor
    """Object at that point, shape (B,), long."""
    anchor: torch.Tensor
    """Surface point [m], shape (B, 3)."""
    up: torch.Tensor
    """World's z axis, shape (B, 3): the height of a point is its product with this."""
    shift: torch.Tensor
    """Way of the TCP from the anchor along x [m], shape (B,)."""
    depth: torch.Tensor
    """Way of the TCP from the anchor along z [m], shape (B,)."""
    extent: torch.Tensor
    """Width of the body between the pads [m], shape (B,)."""

    def select(self, keep: torch.Tensor) -> Jaws:
        """The jaws where ``keep`` (B,) is True."""
        return Jaws(**{name: value[keep] for name, value in vars(self).items()})

    def moved(self, **values: torch.Tensor) -> Jaws:
        """The same with other values of some fields."""
        return replace(self, **values)

    @property
    def tip(self) -> torch.Tensor:
        """Place of the tips along z [m], shape (B,)."""
        return self.anchor[:, 2] + self.depth

    @property
    def middle(self) -> torch.Tensor:
        """Place of the TCP along x [m], shape (B,)."""
        return self.anchor[:, 0] + self.shift

    @property
    def position(self) -> torch.Tensor:
        """TCP [m], class frame, shape (B, 3)."""
        return torch.stack((self.middle, self.anchor[:, 1], self.tip), dim=-1)

    def width(self, cfg: LabelCfg) -> torch.Tensor:
        """Opening before closing [m], shape (B,)."""
        return (self.extent + 2 * cfg.opening_margin).clamp(max=cfg.stroke)

    def tip_height(self, cfg: LabelCfg) -> torch.Tensor:
        """Height of the lowest corner of the open pads above the table [m], shape (B,)."""
        drop = (self.width(cfg) / 2 + cfg.pad_thickness) * self.up[:, 0].abs()
        height = (self.position * self.up).sum(dim=1)
        return height - drop - cfg.pad_breadth / 2 * self.up[:, 1].abs()

    def palm_height(self, cfg: LabelCfg) -> torch.Tensor:
        """Height of the lowest corner of the palm above the table [m], shape (B,)."""
        back = (self.position * self.up).sum(dim=1) - cfg.pad_length * self.up[:, 2]
        drop = cfg.palm_width / 2 * self.up[:, 0].abs() + cfg.palm_breadth / 2 * self.up[:, 1].abs()
        return back - drop


def start_jaws(rotation: torch.Tensor, point: torch.Tensor, object_id: torch.Tensor) -> Jaws:
    """Shut jaws of every class at every surface point.

    Args:
        rotation: Rotations of K classes, gripper to world, shape (K, 3, 3).
        point: Surface points [m], world frame, shape (M, 3).
        object_id: Object at each, shape (M,), long.

    Returns:
        K * M jaws, the points of the first class first.
    """
    kinds, places = len(rotation), len(point)
    kind = torch.arange(kinds, device=point.device).repeat_interleave(places)
    place = torch.arange(places, device=point.device).repeat(kinds)
    zero = point.new_zeros(kinds * places)
    return Jaws(
        kind=kind,
        place=place,
        object_id=object_id[place],
        anchor=(point @ rotation).flatten(0, 1),
        up=rotation[kind, 2],
        shift=zero,
        depth=zero,
        extent=zero,
    )
