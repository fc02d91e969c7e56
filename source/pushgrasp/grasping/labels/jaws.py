"""Jaws at the surface points of grid cells, in the frames of their classes (x closing, y across, z approach)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from pushgrasp.grasping.labels.cfg import LabelCfg
from pushgrasp.gripper.fit import STEP, Jaws


@dataclass(frozen=True)
class TrueJaws(Jaws):
    """B open jaws; anchors, and all vectors below, in the frame of each one's class."""

    kind: torch.Tensor
    """Which of the classes at hand, shape (B,), long."""
    place: torch.Tensor
    """Which of the surface points, shape (B,), long."""
    object_id: torch.Tensor
    """Object at that point, shape (B,), long."""

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
        """TCP [m], shape (B, 3)."""
        return torch.stack((self.middle, self.anchor[:, 1], self.tip), dim=-1)

    @property
    def in_world(self) -> torch.Tensor:
        """TCP [m], world frame, shape (B, 3)."""
        return (self.rotation @ self.position[:, :, None])[..., 0]

    @property
    def height(self) -> torch.Tensor:
        """Height of the TCP above the table [m], shape (B,)."""
        return (self.position * self.rotation[:, 2]).sum(dim=1)

    def round_body(self, left: torch.Tensor, right: torch.Tensor) -> TrueJaws:
        """See `Jaws`."""
        return replace(self, shift=self.shift + (right - left) / 2 * STEP, extent=(right + left - 1) * STEP)

    def palm_height(self, cfg: LabelCfg) -> torch.Tensor:
        """Height of the lowest corner of the palm above the table [m], shape (B,)."""
        up = self.rotation[:, 2]
        drop = cfg.palm_width / 2 * up[:, 0].abs() + cfg.palm_breadth / 2 * up[:, 1].abs()
        return self.height - cfg.pad_length * up[:, 2] - drop

    def in_reach(self, cfg: LabelCfg) -> torch.Tensor:
        """Whether the TCP and the start of its approach lie in the square of the gripper, shape (B,)."""
        at = self.in_world
        before = at - cfg.standoff * self.rotation[:, :, 2]
        return (torch.cat((at[:, :2], before[:, :2]), dim=1).abs() <= cfg.reach).all(dim=1)


def start_jaws(rotation: torch.Tensor, point: torch.Tensor, object_id: torch.Tensor, cfg: LabelCfg) -> TrueJaws:
    """Jaws of every class at every surface point, open by the margins alone.

    Args:
        rotation: Rotations of K classes, gripper to world, shape (K, 3, 3).
        point: Surface points [m], world frame, shape (M, 3).
        object_id: Object at each, shape (M,), long.
        cfg: Settings.

    Returns:
        K * M jaws, the points of the first class first.
    """
    kinds, places = len(rotation), len(point)
    kind = torch.arange(kinds, device=point.device).repeat_interleave(places)
    place = torch.arange(places, device=point.device).repeat(kinds)
    zero = point.new_zeros(kinds * places)
    width = torch.full_like(zero, min(2 * cfg.opening_margin, cfg.stroke))
    anchor = (point @ rotation).flatten(0, 1)
    return TrueJaws(anchor, rotation[kind], zero, zero, zero, width, kind, place, object_id[place])
