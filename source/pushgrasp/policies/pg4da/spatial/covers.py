"""What lies on the target, as far as heights tell: what stands higher, with its middle near the jaws, is lifted too.

Two objects that lie beside each other have their middles at least half of either width apart.
"""

from __future__ import annotations

import torch
from torch import Tensor

from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace

HIGHER = 0.01
"""What stands this much higher than the target, both on average over the cells that are seen, may lie on it [m]."""

NEAR = 0.04
"""A grasp whose TCP is nearer than this to its middle, seen from above, probably lifts it, too [m]."""


def covers(heightmaps: Heightmaps, target: Tensor, workspace: Workspace) -> Tensor:
    """Find the middles of what is seen of the objects that stand higher than the target.

    Args:
        heightmaps: What the camera saw of N worlds.
        target: Cells of the targets, shape (N, H, W), bool.
        workspace: Area of the heightmaps.

    Returns:
        Middles [m], shape (N, K, 2), by id from 1 on; far away where an object is not seen, or not higher.
    """
    ids, height = heightmaps.ids.long(), heightmaps.height
    x, y = (part.expand_as(height) for part in workspace.cell_centres(height.device, height.dtype).unbind(dim=2))
    count, level, x, y = _sums(ids, torch.ones_like(height), height, x, y).unbind()
    below = (height * target).sum(dim=(1, 2)) / target.sum(dim=(1, 2)).clamp_min(1)
    higher = (count > 0) & (level / count.clamp_min(1) > below[:, None] + HIGHER)
    middle = (torch.stack((x, y), dim=2) / count.clamp_min(1)[..., None]).to(height)
    return middle.masked_fill(~higher[..., None], torch.inf)[:, 1:]


def near_covers(world: Tensor, position: Tensor, middles: Tensor) -> Tensor:
    """Which TCPs (M, C, 3) [m], in worlds (M,), are near middles (N, K, 2) of :func:`covers`, shape (M, C), bool."""
    return ((position[:, :, None, :2] - middles[world, None]).norm(dim=3) < NEAR).any(dim=2)


def _sums(ids: Tensor, *values: Tensor) -> Tensor:
    """Sums of V maps (N, H, W) over the cells of each id, shape (V, N, K + 1), double, for ids up to K."""
    worlds, most = len(ids), int(ids.max()) + 1
    numbers = (ids + most * torch.arange(worlds, device=ids.device)[:, None, None]).flatten()
    sums = [numbers.bincount(each.double().flatten(), minlength=worlds * most) for each in values]
    return torch.stack(sums).unflatten(1, (worlds, most))
