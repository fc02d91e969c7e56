"""Which of the 3496 action numbers can change the decision."""

from __future__ import annotations

import torch
from torch.nn import functional

from pushgrasp.policies.pg4da.action import ACTION_SIZE, MAP_SIZE


def action_relevance(mask: torch.Tensor) -> torch.Tensor:
    """Return which action numbers the decoders can read, for the observation group "relevance".

    The decoders look at the feature map inside a mask only. The numbers of the other cells have no effect, so they do
    not belong in the likelihood of the action: leaving them out keeps the policy gradient unbiased, removes their noise
    and spends the KL budget on numbers that matter. A cell of the map counts when its bilinear support (its own 4 x 4
    heightmap cells and those of its neighbours) touches the mask. The class scores always count.

    Args:
        mask: Heightmap cells from which the decoders may choose (grasp or push), bool, shape (N, 224, 224).

    Returns:
        Bool, shape (N, 3496), in the order of ``split_action``.

    Raises:
        ValueError: If the mask is not bool, or not square with a multiple of 56 cells.
    """
    if mask.dtype != torch.bool or mask.ndim != 3 or mask.shape[1] != mask.shape[2] or mask.shape[1] % MAP_SIZE:
        raise ValueError(f"mask is {mask.dtype} {tuple(mask.shape)}; expected bool (N, 224, 224)")
    factor = mask.shape[1] // MAP_SIZE
    touched = functional.max_pool2d(mask[:, None].float(), factor)
    cells = functional.max_pool2d(touched, 3, stride=1, padding=1).flatten(1) > 0
    classes = cells.new_ones(len(mask), ACTION_SIZE - MAP_SIZE**2)
    return torch.cat([cells, classes], dim=1)
