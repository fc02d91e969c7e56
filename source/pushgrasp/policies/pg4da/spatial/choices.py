"""Choices written as actions ``[f_map, v_avh]`` that the decoders carry out, and read back from them."""

from __future__ import annotations

import torch
from torch import Tensor

from pushgrasp.policies.pg4da.action import MAP_SIZE, split_action

STEP = 0.03
"""How much lower the peak of each further key point is: the first, where a push ends, decides what is read (see
``strokes``), also if a further one lies nearer to the target."""

SLOPE = 0.05
"""Fall of the feature map per cell of distance from a peak: without plateaus, peaks are the only maxima."""

TILT = 2e-3
"""Slope of a grasp's map per row and per column towards a corner: of the four pixels in the middle of the chosen cell,
which are equally high otherwise, it makes the one in that corner the highest."""

EASED = 0.9 * SLOPE
"""How far the map of a push is lowered on the target, where a grasp would be read. There it must go on rising towards
the peak, or it would have another maximum behind the target."""


def write_choices(
    cells: Tensor, is_grasp: Tensor, target: Tensor, v_avh: Tensor, corner: Tensor | None = None
) -> Tensor:
    """Return actions whose feature map peaks at the chosen cells, in falling height.

    The decoders compare the map's maximum on the target with that around it, often in one and the same cell of the
    map. So the highest pixel of a grasp's map is one that lies on the target, whatever is around it; the map of a push
    is lowered on the target, and its key points must lie near to where pushes are scored (see ``strokes``).

    Args:
        cells: Chosen cells of the feature map, row by row, shape (N, K), long: the place of a grasp, whatever follows,
            or the key points of a push; one that is repeated makes no further peak.
        is_grasp: Which move, shape (N,), bool.
        target: Cells of the map with any of the target, shape (N, 3136), bool.
        v_avh: Scores of the angle-view classes, shape (N, 360); the highest is the choice. The decoder of pushes does
            not read them: there the highest is the number of the stroke.
        corner: Which of the four pixels in the middle of its cell, row by row, a grasp is meant for, shape (N,), long;
            None: the first.

    Returns:
        Actions, shape (N, 3496).
    """
    axis = torch.arange(MAP_SIZE, device=cells.device)
    down, across = ((axis - place[..., None]).to(v_avh.dtype) for place in (cells // MAP_SIZE, cells % MAP_SIZE))
    distance = (down.square()[..., None] + across.square()[..., None, :]).sqrt_().flatten(2)
    peaks = 1.0 - STEP * torch.arange(cells.shape[1], device=cells.device, dtype=v_avh.dtype)
    hills = distance.mul_(-SLOPE).add_(peaks[:, None])
    corner = torch.zeros_like(cells[:, 0]) if corner is None else corner
    row_sign, column_sign = (1.0 - 2.0 * part[:, None].to(v_avh.dtype) for part in (corner // 2, corner % 2))
    tilt = (row_sign * down[:, 0])[..., None] + (column_sign * across[:, 0])[:, None]
    grasp = hills[:, 0] - TILT * tilt.flatten(1)
    f_map = torch.where(is_grasp[:, None], grasp, hills.amax(dim=1) - EASED * target)
    return torch.cat((f_map, v_avh), dim=1)


def stroke_numbers(action: Tensor) -> Tensor:
    """Return the numbers (N,) of the strokes in actions from :func:`write_choices` that push."""
    return split_action(action)[1].argmax(dim=1)


def read_choices(action: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return what actions from :func:`write_choices` say.

    Args:
        action: Actions, shape (N, 3496).
        target: Cells of the map with any of the target, shape (N, 3136), bool.

    Returns:
        Whether each is a grasp (N,), bool; the cell of its highest peak (N,); and its class or the number of its stroke
        (N,), long.
    """
    f_map, v_avh = split_action(action)
    highest, cell = f_map.flatten(1).max(dim=1)
    on_target = f_map.flatten(1).masked_fill(~target, -torch.inf).amax(dim=1)
    return on_target >= highest, cell, v_avh.argmax(dim=1)
