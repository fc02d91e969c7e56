"""Pictures along an approach against points placed by hand."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.grasping.labels.approach_maps import PIXEL, approach_maps


def test_a_pixel_shows_the_nearest_surface_and_whose_it_is() -> None:
    middle = PIXEL * torch.tensor([[0.5, 0.5], [0.5, 0.5], [4.5, 2.5]])
    points = torch.cat((middle, torch.tensor([[0.30], [0.20], [-0.10]])), dim=1)
    turned = points * torch.tensor([-1.0, 1.0, -1.0])  # seen from the other side
    maps = approach_maps(torch.stack((points, turned)), torch.tensor([7, 3, 255]))
    kind, x = torch.tensor([0, 0, 1, 1]), PIXEL * torch.tensor([[0.5], [4.5], [-0.5], [-2.5]])
    place, owner = maps.at(kind, x, PIXEL * torch.tensor([[0.5], [2.5], [0.5], [0.5]]))
    assert place[:3, 0].tolist() == pytest.approx([0.20, -0.10, -0.30])
    assert owner[:3, 0].tolist() == [3, 255, 7]
    assert place[3, 0] > 100.0 and owner[3, 0] == 0


def test_ids_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"object ids must be 1 to 255, got \[0, 256\]"):
        approach_maps(torch.zeros(1, 2, 3), torch.tensor([256, 0]))
