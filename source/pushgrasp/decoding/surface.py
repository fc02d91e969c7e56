"""Look-ups of a map at arbitrary points, for candidates that belong to different worlds."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from pushgrasp.perception.workspace import Workspace

NOTHING = -1.0
"""Height where not even the table is [m]."""


@dataclass(frozen=True)
class Surface:
    """Maps of N worlds that can be read at any point, with one value all round outside; see `surface`."""

    values: Tensor
    """Flattened maps with a rim one cell wide, shape (N * (H + 2) * (W + 2),)."""
    workspace: Workspace

    def at(self, world: Tensor, xy: Tensor) -> Tensor:
        """Values of the worlds ``world`` (B,) in the cells that hold the points ``xy`` (B, M, 2) [m], shape (B, M)."""
        edge, scale = self.workspace.cells + 1, 1.0 / self.workspace.resolution
        # Row and column as in Workspace.xy_to_cell, one more for the rim; spelt out because this is the hot path.
        row = ((self.workspace.y_max - xy[..., 1]) * scale).add_(1.0).floor_().clamp_(0, edge)
        column = ((xy[..., 0] - self.workspace.x_min) * scale).add_(1.0).floor_().clamp_(0, edge)
        # 32 bits: with index_select, half the time of 64 bits and take.
        first = (world * (edge + 1) ** 2).int()
        cell = row.mul_(edge + 1).add_(column).int().add_(first[:, None])
        return self.values.index_select(0, cell.flatten()).view(cell.shape)

    def depth(self, world: Tensor, points: Tensor) -> Tensor:
        """How far points (B, M, 3) lie below the surface [m], negative above it, shape (B, M)."""
        return self.at(world, points[..., :2]).sub_(points[..., 2])


def surface(maps: Tensor, workspace: Workspace, outside: float = 0.0) -> Surface:
    """Surface of maps (N, H, W), for heights [m] that of the table outside the workspace."""
    return Surface(pad(maps, (1, 1, 1, 1), value=outside).flatten(), workspace)


def bodies(height: Tensor, mask: Tensor, workspace: Workspace) -> Surface:
    """Surface of the cells of ``mask`` (N, H, W) alone; elsewhere nothing, not even the table."""
    return surface(torch.where(mask, height, NOTHING), workspace, outside=NOTHING)
