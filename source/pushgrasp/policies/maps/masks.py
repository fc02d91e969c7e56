"""What nets with dense action maps get to see beside heights: masks, places, and a grasp as a picture."""

from __future__ import annotations

import torch
from torch import Tensor

from pushgrasp.gripper.geometry import GripperGeometry
from pushgrasp.perception.masks import dilate

RING = 0.05
"""What stands this near to the goal is in its way [m]."""

SPAN = 0.5
"""Value of the room between open jaws in a picture, where the pads are 1."""


def object_masks(ids: Tensor) -> Tensor:
    """Return the cells of each object, shape (N, M, S, S), float 0 or 1, from numbers (N, S, S), 0 for none.

    M is the greatest number that occurs, at least 1; objects that are out of view have no cells.
    """
    count = max(int(ids.max()), 1)
    return torch.nn.functional.one_hot(ids.long(), count + 1)[..., 1:].movedim(-1, 1).float()


def mask_places(masks: Tensor, resolution: float) -> Tensor:
    """Return the middles of masks (N, M, S, S) as (x, y) [m] from the middle of the window, shape (N, M, 2)."""
    steps = torch.arange(masks.shape[-1], device=masks.device) - (masks.shape[-1] - 1) / 2.0
    area = masks.sum(dim=(2, 3)).clamp_min(1.0)
    x, y = masks.sum(dim=2) @ steps / area, -(masks.sum(dim=3) @ steps) / area
    return resolution * torch.stack((x, y), dim=-1)


def in_the_way(ids: Tensor, goal: Tensor, shown: Tensor, resolution: float) -> Tensor:
    """Return what sweeping each cell of windows gains, shape (N, S, S), float.

    1 where other objects stand on the goal or round it, -1 where the goal is seen, since it is to stay.

    Args:
        ids: Numbers of objects, 0 for none, shape (N, S, S).
        goal: Cells of the goal, or of the place where it is looked for, shape (N, S, S), bool.
        shown: Those of them that show the goal itself, shape (N, S, S), bool.
        resolution: Side of a cell [m].
    """
    return (dilate(goal, RING / resolution) & (ids > 0)).float() - 2.0 * shown.float()


def jaws_picture(angle: Tensor, width: Tensor, size: int, resolution: float, sizes: GripperGeometry) -> Tensor:
    """Draw the open jaws of grasps from above that are over the middle cell of windows.

    Args:
        angle: Closing angles [rad], shape (N,).
        width: Jaw openings [m], shape (N,).
        size: Side of the windows [cells]; the middle cell is the one that ``crop.window_at`` puts a whole cell in.
        resolution: Side of a cell [m].
        sizes: Sizes of the gripper.

    Returns:
        Shape (N, size, size): 1 under the pads, :data:`SPAN` between them, 0 elsewhere, blurred over a cell at edges.
    """
    steps = resolution * (torch.arange(size, device=angle.device) - (size // 2 - 1)).to(angle)
    cos, sin = angle.cos()[:, None, None], angle.sin()[:, None, None]
    x, y = steps[None, None, :], -steps[None, :, None]
    along, across = x * cos + y * sin, y * cos - x * sin

    def within(distance: Tensor, half: Tensor | float) -> Tensor:
        return ((half - distance.abs()) / resolution + 0.5).clamp(0.0, 1.0)

    beside = within(across, sizes.pad_breadth / 2)
    inner, outer = (0.5 * w[:, None, None] for w in (width, width + 2.0 * sizes.pad_thickness))
    span, all_of_it = within(along, inner) * beside, within(along, outer) * beside
    return all_of_it - (1.0 - SPAN) * span


def angle_index(angle: Tensor, count: int) -> Tensor:
    """Return the nearest of ``count`` closing angles over 180 degrees, long, shape of ``angle`` [rad]."""
    return (angle * (count / torch.pi)).round().long() % count
