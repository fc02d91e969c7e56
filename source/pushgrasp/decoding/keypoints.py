"""Key points of a push, where a feature map peaks near the target, and their share-out to one or two arms.

Source: Wang & Kasaei 2025, Sec. III-C2, Fig. 5.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from pushgrasp.perception.masks import centroid, contour_radius, dilate, is_visible
from pushgrasp.perception.workspace import Workspace


def best_cells(f_map: Tensor, mask: Tensor) -> Tensor:
    """(row, col) of the highest cell of (N, H, W) inside ``mask`` (the first on ties), shape (N, 2), long."""
    best = f_map.masked_fill(~mask, -torch.inf).flatten(1).argmax(dim=1)
    return torch.stack((best // f_map.shape[2], best % f_map.shape[2]), dim=-1)


def push_disc(
    f_map: Tensor, target_mask: Tensor, objects: Tensor, resolution: float, reach: float, default_radius: float
) -> tuple[Tensor, Tensor]:
    """Disc in which a push acts: the target's contour radius plus ``reach`` [m] around the target's centroid.

    Where the target is not visible: ``default_radius`` [m] around the best-scored cell of all ``objects``.

    Returns:
        Centres (N, 2), (row, col) cells, float, and the disc's cells (N, H, W), bool.
    """
    visible = is_visible(target_mask)
    centre = torch.where(visible[:, None], centroid(target_mask).to(f_map), best_cells(f_map, objects).to(f_map))
    radius = torch.where(
        visible, contour_radius(target_mask).to(f_map) + reach / resolution, default_radius / resolution
    )
    rows = torch.arange(f_map.shape[1], device=f_map.device)[:, None] - centre[:, 0, None, None]
    columns = torch.arange(f_map.shape[2], device=f_map.device) - centre[:, 1, None, None]
    return centre, rows.square() + columns.square() <= radius.square()[:, None, None]


def push_region(disc: Tensor, objects: Tensor, workspace: Workspace, surround: float, margin: float) -> Tensor:
    """Cells of the ``disc`` with an object, or within ``surround`` [m] of one, ``margin`` [m] inside the workspace."""
    near = dilate(objects, surround / workspace.resolution)
    inside = workspace.contains(workspace.cell_centres(device=disc.device), margin)
    return disc & near & inside


def local_maxima(scores: Tensor, window: int) -> Tensor:
    """Cells of (N, H, W) that no other in the ``window`` x ``window`` around them exceeds, -inf excluded; bool."""
    half = window // 2
    rows = max_pool2d(scores[:, None], (window, 1), stride=1, padding=(half, 0))
    highest = max_pool2d(rows, (1, window), stride=1, padding=(0, half))[:, 0]
    return (scores == highest) & (scores > -torch.inf)


def key_points(f_map: Tensor, region: Tensor, count: int, window: int) -> tuple[Tensor, Tensor]:
    """The ``count`` highest local maxima of ``f_map`` (N, H, W) in ``region``, by non-maximum suppression.

    Peaks lie more than ``window // 2`` cells apart, on plateaus too. Ties go to the first cell in row-major order.

    Returns:
        Cells (N, count, 2), (row, col), long, by falling score, and scores (N, count), -inf where there are fewer.
    """
    scores = f_map.masked_fill(~region, -torch.inf)
    scores = scores.masked_fill(~local_maxima(scores, window), -torch.inf)
    rows = torch.arange(f_map.shape[1], device=f_map.device)[:, None]
    columns = torch.arange(f_map.shape[2], device=f_map.device)
    cells, values = [], []
    for _ in range(count):
        best, index = scores.flatten(1).max(dim=1)
        row, column = index // f_map.shape[2], index % f_map.shape[2]
        near_row = (rows - row[:, None, None]).abs() <= window // 2
        near = near_row & ((columns - column[:, None, None]).abs() <= window // 2)
        scores = scores.masked_fill(near, -torch.inf)
        cells.append(torch.stack((row, column), dim=-1))
        values.append(best)
    return torch.stack(cells, dim=1), torch.stack(values, dim=1)


@dataclass(frozen=True)
class Lanes:
    """Paths to plan in N worlds.

    One arm: L = 1 path through all key points. Two arms: L = 3, the left path, the right path and, in case those two do
    not come about together, one path through all key points.
    """

    member: Tensor
    """Which key points belong to which path, shape (N, L, K), bool; none where there is no such path."""
    low: Tensor
    """Lower corner of each path's box [m], shape (N, L, 2)."""
    high: Tensor
    """Upper corner of each path's box [m], shape (N, L, 2)."""


def workspace_box(workspace: Workspace, margin: float, shape: tuple[int, int], like: Tensor) -> tuple[Tensor, Tensor]:
    """Corners of the workspace less ``margin`` [m], each of shape (*shape, 2)."""
    low = like.new_tensor([workspace.x_min + margin, workspace.y_min + margin])
    high = like.new_tensor([workspace.x_max - margin, workspace.y_max - margin])
    return low.expand(*shape, 2).clone(), high.expand(*shape, 2).clone()


def share_out(
    points: Tensor,
    scores: Tensor,
    centre: Tensor,
    num_arms: int,
    workspace: Workspace,
    margin: float,
    separation: float,
) -> Lanes:
    """Share the key points out: those left of the centre to the left path, the others to the right one.

    The left and the right box end at a strip of width ``separation`` around x = centre. Where one has no room or no key
    points, there is only the path through all key points, in the whole workspace.

    Args:
        points: key points [m], shape (N, K, 2).
        scores: their scores, shape (N, K), -inf where there is none.
        centre: centre of the push [m], shape (N, 2).
        num_arms: 1 or 2.
        workspace: the workspace.
        margin: distance of the boxes from the edge of the workspace [m].
        separation: least distance of two arms [m].
    """
    present = (scores > -torch.inf)[:, None]
    low, high = workspace_box(workspace, margin, (len(points), 2 * num_arms - 1), points)
    if num_arms == 1:
        return Lanes(present, low, high)
    left = (points[..., 0] < centre[:, :1])[:, None]
    sides = torch.cat((present & left, present & ~left), dim=1)
    high[:, 0, 0] = torch.minimum(high[:, 0, 0], centre[:, 0] - separation / 2)
    low[:, 1, 0] = torch.maximum(low[:, 1, 0], centre[:, 0] + separation / 2)
    roomy = (low[..., 0] < high[..., 0]).all(dim=1)
    both = sides.any(dim=2).all(dim=1) & roomy
    return Lanes(torch.cat((sides & both[:, None, None], present), dim=1), low, high)
