"""Choices written as actions ``[f_map, v_avh]`` that the decoders carry out, and read back from them."""

from __future__ import annotations

import torch
from torch import Tensor

from pushgrasp.policies.pg4da.action import MAP_SIZE, split_action

STEP = 0.02
"""How much lower the peak of each further key point is."""

SLOPE = 0.05
"""Fall of the feature map per cell of distance from a peak: without plateaus, peaks are the only maxima."""


LOWERED = 100.0
"""How far the map is lowered where the other move would be read."""


def write_choices(cells: Tensor, is_grasp: Tensor, target: Tensor, v_avh: Tensor) -> Tensor:
    """Return actions whose feature map peaks at the chosen cells, in falling height.

    The decoders compare the map's maximum on the target with that around it, often in one and the same cell of the
    map. So it is lowered off the target for a grasp, and on the target for a push.

    Args:
        cells: Chosen cells of the feature map, row by row, shape (N, K), long: the place of a grasp, whatever follows,
            or the key points of a push.
        is_grasp: Which move, shape (N,), bool.
        target: Cells of the map with any of the target, shape (N, 3136), bool.
        v_avh: Scores of the angle-view classes, shape (N, 360); the highest is the choice.

    Returns:
        Actions, shape (N, 3496).
    """
    numbers = torch.arange(MAP_SIZE * MAP_SIZE, device=cells.device)
    rows, columns = numbers // MAP_SIZE, numbers % MAP_SIZE
    down, across = rows - (cells // MAP_SIZE)[..., None], columns - (cells % MAP_SIZE)[..., None]
    distance = (down.square() + across.square()).to(v_avh.dtype).sqrt()
    peaks = 1.0 - STEP * torch.arange(cells.shape[1], device=cells.device, dtype=v_avh.dtype)
    hills = peaks[:, None] - SLOPE * distance
    f_map = torch.where(is_grasp[:, None], hills[:, 0], hills.amax(dim=1))
    lowered = (target != is_grasp[:, None]).to(v_avh.dtype)
    return torch.cat((f_map - LOWERED * lowered, v_avh), dim=1)


def read_choices(action: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the chosen cells (N, count) and classes (N,) of actions from :func:`write_choices`.

    No cell but the k-th peak itself holds its height: around an earlier peak the map falls by 0.05 and more at once,
    a further one is lower by 0.02. After the first cell of a grasp the others are not in the map.
    """
    f_map, v_avh = split_action(action)
    flat = f_map.flatten(1)
    peaks = 1.0 - STEP * torch.arange(count, device=action.device, dtype=action.dtype)
    cells = (flat[:, None] - peaks[:, None]).abs().argmin(dim=2)
    return cells, v_avh.argmax(dim=1)
