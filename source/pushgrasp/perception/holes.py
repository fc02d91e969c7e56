"""Cells of a heightmap that no pixel fell into, and what to put there.

Seen in perspective, an object hides a strip of whatever lies behind it. A surface can fill a cell of that strip only if
it would have stayed hidden there, and the top of the object in front would not: it would have been seen. So each hole
gets a ceiling, the height up to which nothing would have been seen, and surfaces spread into the holes under their
ceilings.
"""

import torch

from pushgrasp.perception.camera import project
from pushgrasp.perception.workspace import Workspace

_LEVELS = 17  # heights tried, twice: first between the table and the highest surface
_MARGIN = 0.001  # m that a point must lie behind what is seen to count as hidden
_TOLERANCE = 0.002  # m by which a surface may rise above the ceiling of a hole that it fills
_NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))


def hidden_height(
    holes: torch.Tensor,
    top: torch.Tensor,
    depth: torch.Tensor,
    intrinsics: torch.Tensor,
    rotation: torch.Tensor,
    position: torch.Tensor,
    workspace: Workspace,
) -> torch.Tensor:
    """Height up to which a surface in each hole would be hidden from the camera.

    Args:
        holes: Cells without a point, bool, shape (N, H, W).
        top: Highest surface of each world [m], shape (N,).
        depth: Distance to the image plane [m], shape (N, h, w), NaN where nothing came back.
        intrinsics: Camera matrices [pixel], shape (N, 3, 3).
        rotation: Camera (optical frame) to world, shape (N, 3, 3).
        position: Camera centres [m], world frame, shape (N, 3).
        workspace: The area that the holes' cells divide.

    Returns:
        Ceilings [m], shape (M,), for ``holes.nonzero()``; 0 where the table itself would have been seen or nothing came
        back.
    """
    world, cell = holes.nonzero().tensor_split((1,), dim=1)
    world, xy = world[:, 0], workspace.cell_to_xy(cell.to(depth.dtype))
    camera = intrinsics[world], rotation[world], position[world]
    fractions = torch.linspace(0.0, 1.0, _LEVELS, device=depth.device, dtype=depth.dtype)
    low, high = torch.zeros_like(top[world]), top[world]
    for _ in range(2):  # coarse, then between the last hidden level and the next
        levels = torch.lerp(low[:, None], high[:, None], fractions)
        columns = torch.cat((xy[:, None].expand(-1, _LEVELS, -1), levels[..., None]), dim=2)
        pixel, distance = project(columns, *camera)
        hidden = _look_up(depth, world, pixel) < distance - _MARGIN  # false where nothing came back
        last = (hidden.long().cumprod(dim=1).sum(dim=1, keepdim=True) - 1).clamp(0, _LEVELS - 2)
        low, high = levels.gather(1, last)[:, 0], levels.gather(1, last + 1)[:, 0]
    return low


def fill_sources(holes: torch.Tensor, height: torch.Tensor, ceiling: torch.Tensor) -> torch.Tensor:
    """Cell from which each cell takes its values: itself, or for a hole the surface that spreads there first.

    Surfaces spread from cell to cell under the holes' ceilings, the lower one first; holes that none can enter take the
    lowest surface next to them.

    Args:
        holes: Cells without a point, bool, shape (N, H, W); no world consists of holes only.
        height: Heights [m], shape (N, H, W); not read in holes.
        ceiling: Highest surface allowed in each hole [m], shape (M,), for ``holes.nonzero()``.

    Returns:
        Flat cell indices, long, shape (N, H * W).
    """
    size = holes[0].numel()
    sources = torch.arange(holes.numel(), device=holes.device)
    sources[holes.flatten()] = -1
    open_cells, around = holes.flatten().nonzero().flatten(), _neighbours(holes)
    for limit in (ceiling + _TOLERANCE, torch.full_like(ceiling, torch.inf)):
        _spread(sources, open_cells, around, height.flatten(), limit)
    return sources.view(len(holes), size) % size


def _spread(
    sources: torch.Tensor, holes: torch.Tensor, around: torch.Tensor, height: torch.Tensor, limit: torch.Tensor
) -> None:
    """Fill ``sources`` in place, neighbour by neighbour, until nothing changes; equal heights: smaller index."""
    left = (sources[holes] < 0).nonzero().flatten()
    while len(left):
        offered = sources[around[left]]
        offered_height = torch.where(offered >= 0, height[offered.clamp(min=0)], torch.inf)
        lowest = offered_height.amin(dim=1)
        chosen = torch.where(offered_height == lowest[:, None], offered, len(sources)).amin(dim=1)
        taken = (lowest <= limit[left]) & (lowest < torch.inf)
        if not bool(taken.any()):
            return
        sources[holes[left[taken]]] = chosen[taken]
        left = left[~taken]


def _neighbours(holes: torch.Tensor) -> torch.Tensor:
    """Flat indices of the eight cells around each hole, (M, 8), repeated inwards at the border."""
    world, row, col = holes.nonzero()[:, :, None].unbind(dim=1)
    steps = torch.tensor(_NEIGHBOURS, device=holes.device)
    rows = (row + steps[:, 0]).clamp(0, holes.shape[1] - 1)
    cols = (col + steps[:, 1]).clamp(0, holes.shape[2] - 1)
    return (world * holes.shape[1] + rows) * holes.shape[2] + cols


def _look_up(depth: torch.Tensor, world: torch.Tensor, pixel: torch.Tensor) -> torch.Tensor:
    """Depth [m] at picture coordinates (M, K, 2) of each hole's world, NaN outside the picture."""
    height, width = depth.shape[1:]
    col, row = pixel.nan_to_num(-1.0).clamp(-1.0, max(height, width)).floor().long().unbind(dim=-1)
    inside = (col >= 0) & (col < width) & (row >= 0) & (row < height)
    found = depth[world[:, None], row.clamp(0, height - 1), col.clamp(0, width - 1)]
    return torch.where(inside, found, torch.nan)
