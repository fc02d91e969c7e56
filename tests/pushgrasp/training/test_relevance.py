"""Which action numbers the decoders can read."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from pushgrasp.policies.pg4da.action import split_action
from pushgrasp.training.relevance import action_relevance


def test_one_heightmap_cell_touches_nine_map_cells() -> None:
    mask = torch.zeros(2, 224, 224, dtype=torch.bool)
    mask[0, 41, 82] = True  # map cell (10, 20), and its neighbours by interpolation
    cells, classes = split_action(action_relevance(mask).float())
    assert cells[0].sum() == 9 and cells[0, 9:12, 19:22].all()
    assert cells[1].sum() == 0 and classes.all()


def test_other_numbers_cannot_change_the_resized_map_inside_the_mask() -> None:
    generator = torch.Generator().manual_seed(0)
    mask = torch.zeros(1, 224, 224, dtype=torch.bool)
    mask[0, 100:131, 57:60] = True
    mask[0, 0, 223] = True
    relevant = split_action(action_relevance(mask).float())[0] > 0
    first = torch.randn(1, 56, 56, generator=generator)
    second = torch.where(relevant, first, torch.randn(1, 56, 56, generator=generator))
    resized = [
        functional.interpolate(f[None], size=224, mode="bilinear", align_corners=False)[0] for f in (first, second)
    ]
    assert torch.equal(resized[0][mask], resized[1][mask])
    assert not torch.equal(resized[0], resized[1])


@pytest.mark.parametrize("mask", [torch.zeros(1, 224, 224), torch.zeros(224, 224, dtype=torch.bool)])
def test_other_masks_are_refused(mask: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"expected bool \(N, 224, 224\)"):
        action_relevance(mask)
