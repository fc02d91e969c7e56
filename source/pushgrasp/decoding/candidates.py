"""Grasp candidates on what is seen of many worlds, in one flat batch, so that rejecting some makes the rest cheaper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from pushgrasp.decoding.surface import Surface, bodies, surface
from pushgrasp.gripper import GripperGeometry
from pushgrasp.gripper.fit import STEP, Jaws, body_run
from pushgrasp.gripper.points import grid, pad_points, palm_points, spaced
from pushgrasp.perception.workspace import Workspace

if TYPE_CHECKING:
    from pushgrasp.decoding.grasp import GraspDecoderCfg

NEAR = 0.06
"""How far to either side of the TCP a profile is read first; further only where the body goes on there [m]."""

BREADTH = (-0.008, 0.0, 0.008)
"""Where across a pad its contact is looked at [m]."""


@dataclass(frozen=True)
class Candidates(Jaws):
    """B grasp poses, anchors in the world frame; rows of the same world need not be neighbours."""

    row: Tensor
    """Place of each candidate in the batch it was taken from, shape (B,), long."""
    world: Tensor
    """World index, shape (B,), long."""

    @property
    def position(self) -> Tensor:
        """TCP [m], shape (B, 3), world frame."""
        closing, approach = self.rotation[:, :, 0], self.rotation[:, :, 2]
        return self.anchor + self.shift[:, None] * closing + self.depth[:, None] * approach

    @property
    def height(self) -> Tensor:
        """Height of the TCP above the table [m], shape (B,)."""
        return self.position[:, 2]

    def round_body(self, left: Tensor, right: Tensor) -> Candidates:
        """See `Jaws`."""
        low, high = -(left - 0.5) * STEP, (right - 0.5) * STEP
        return replace(self, shift=self.shift + (low + high) / 2, extent=high - low)

    @staticmethod
    def join(parts: Sequence[Candidates]) -> Candidates:
        """All candidates of some parts, at least one, in one batch."""
        return Candidates(**{name: torch.cat([getattr(part, name) for part in parts]) for name in vars(parts[0])})

    def to_world(self, points: Tensor, opening: Tensor | None = None) -> Tensor:
        """Points (M, 3) in the TCP frame as points (B, M, 3) in the world frame [m].

        ``opening`` (B,) [m] moves each candidate's points along its closing direction.
        """
        origin = self.position if opening is None else self.position + opening[:, None] * self.rotation[:, :, 0]
        turned = self.rotation.reshape(-1, 3) @ points.T
        return turned.view(len(origin), 3, len(points)).add_(origin[:, :, None]).transpose(1, 2)


def start_candidates(world: Tensor, anchor: Tensor, rotation: Tensor) -> Candidates:
    """Candidates (B) at their anchors, jaws shut."""
    zero = torch.zeros_like(anchor[:, 0])
    return Candidates(anchor, rotation, zero, zero, zero, zero, torch.arange(len(world), device=world.device), world)


@dataclass(frozen=True)
class SeenTarget:
    """What candidates meet in N worlds; see `pushgrasp.gripper.fit.Around`. Its surfaces are built when first read."""

    height: Tensor
    """Heightmap [m], shape (N, H, W)."""
    mask: Tensor
    """Cells of the target, shape (N, H, W), bool; where it is empty nothing fits."""
    workspace: Workspace
    """Area of the maps."""

    @cached_property
    def target(self) -> Surface:
        """Surface of the target alone."""
        return bodies(self.height, self.mask, self.workspace)

    @cached_property
    def everything(self) -> Surface:
        """Surface of all, the target too: it must lie between the pads, not below them."""
        return surface(self.height, self.workspace)

    @cached_property
    def outline(self) -> tuple[Surface, Surface]:
        """Slopes of the target's mask: they point square to its outline."""
        return slopes(self.mask.to(self.height), self.workspace)

    @cached_property
    def relief(self) -> tuple[Surface, Surface]:
        """Slopes of the target's surface."""
        return slopes(self.height * self.mask, self.workspace)

    def body(self, jaws: Candidates, levels: tuple[float, ...], cfg: GraspDecoderCfg) -> tuple[Tensor, Tensor, Tensor]:
        """Body of the target between the pads: it stands higher than the pads' depth there."""
        sizes = cfg.gripper
        left, right, found = body_run(self._profile(jaws, NEAR, levels, sizes), sizes)
        least = NEAR - int(sizes.pad_thickness / STEP) * STEP
        further = (found & ((torch.maximum(left, right) - 0.5) * STEP > least)).nonzero()[:, 0]
        if len(further) > 0:
            whole = self._profile(jaws.select(further), sizes.stroke, levels, sizes)
            left[further], right[further], _ = body_run(whole, sizes)
        return left, right, found

    def _profile(self, jaws: Candidates, reach: float, levels: tuple[float, ...], sizes: GripperGeometry) -> Tensor:
        """Where there is body at ``levels`` behind the TCP plane, up to ``reach`` [m] to either side, (B, S), bool."""
        half = int(reach / STEP) + 1
        across = torch.arange(-half, half + 1, device=jaws.anchor.device, dtype=jaws.anchor.dtype) * STEP
        breadth = spaced(-sizes.pad_breadth / 2, sizes.pad_breadth / 2, 0.006, jaws.anchor)
        points = grid(across, breadth, -across.new_tensor(levels))
        depth = self.target.depth(jaws.world, jaws.to_world(points))
        return depth.view(len(depth), len(across), len(points) // len(across)).amax(dim=-1) > 0.0

    def free(self, jaws: Candidates, cfg: GraspDecoderCfg) -> Candidates:
        """The candidates whose open pads and palm meet nothing over the last ``cfg.descent`` of a straight approach."""
        pad = pad_points(cfg.gripper, cfg.descent, jaws.anchor)
        palm = palm_points(cfg.gripper, cfg.descent, jaws.anchor)
        other = pad * pad.new_tensor([-1.0, 1.0, 1.0])
        for points, side in ((pad, 1.0), (other, -1.0), (palm, 0.0)):
            deepest = self.everything.depth(jaws.world, jaws.to_world(points, side * jaws.width / 2)).amax(dim=1)
            jaws = jaws.select(deepest <= cfg.tolerance)
        return jaws

    def contact(self, jaws: Candidates, margin: float) -> Tensor:
        """How the worse pad meets the target when the jaws, ``margin`` [m] from it, close; shape (2, B).

        Facing: the mean cosine of the horizontal angle between the outline's normal and the closing axis. Steepness:
        the slope of the target's surface there, blurred over a cell; a wall has several units, a roof that the pads
        slide off about one. Of either the smaller one of both pads counts.
        """
        return torch.stack([self._pad_contact(jaws, side, margin) for side in (-1.0, 1.0)]).amin(dim=0)

    def _pad_contact(self, jaws: Candidates, side: float, margin: float) -> Tensor:
        """Facing and steepness at the pad at ``side`` of the closing axis (-1 or 1), shape (2, B).

        Both are taken over the pad's breadth, so that a corner, whose two sides face away, does not count as square.
        """
        closing, across = jaws.rotation[:, :, 0], jaws.rotation[:, :, 1]
        middle = jaws.position + side * (jaws.width / 2 - margin)[:, None] * closing
        points = (middle[:, None] + across.new_tensor(BREADTH)[:, None] * across[:, None])[..., :2]
        normals, rises = (
            torch.stack([derivative.at(jaws.world, points) for derivative in pair], dim=2)
            for pair in (self.outline, self.relief)
        )
        flat = torch.nn.functional.normalize(closing[:, :2], dim=1)
        towards = -side * (normals.sum(dim=1) * flat).sum(dim=1)
        return torch.stack((towards / normals.norm(dim=2).sum(dim=1).clamp_min(1e-6), rises.norm(dim=2).mean(dim=1)))


def slopes(values: Tensor, workspace: Workspace) -> tuple[Surface, Surface]:
    """Derivatives of maps (N, H, W) along x and y [1/m], blurred over a cell."""
    smooth = gaussian_blur(values[:, None], [7, 7], [1.0, 1.0])[:, 0]
    down, right = torch.gradient(smooth, spacing=workspace.resolution, dim=(1, 2))
    return surface(right, workspace), surface(-down, workspace)
