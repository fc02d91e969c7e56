"""Who may push where: key points shared out to one or two arms, each path with a box that it must not leave."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pushgrasp.perception.workspace import Workspace


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
