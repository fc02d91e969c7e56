"""Windows of heightmaps."""

from __future__ import annotations

import torch

from pushgrasp.policies.maps.crop import crop, window_at


def test_window_holds_the_cells_about_its_centre() -> None:
    maps = torch.arange(36.0).view(1, 6, 6)
    corner = window_at(torch.tensor([[2.5, 3.5]]), 2)  # between rows 2 and 3, columns 3 and 4
    assert corner.tolist() == [[2, 3]]
    assert crop(maps, corner, 2).tolist() == [[[15.0, 16.0], [21.0, 22.0]]]


def test_a_whole_cell_always_has_the_same_place_in_a_window() -> None:
    corners = window_at(torch.tensor([[6.0, 7.0], [7.0, 6.0]]), 4)
    assert (torch.tensor([[6, 7], [7, 6]]) - corners).tolist() == [[1, 1], [1, 1]]


def test_outside_of_the_map_lies_bare_table() -> None:
    maps = torch.ones(2, 3, 3, dtype=torch.uint8)
    cut = crop(maps, torch.tensor([[-1, -2], [2, 2]]), 3)
    assert cut.dtype == torch.uint8
    assert cut[0].tolist() == [[0, 0, 0], [0, 0, 1], [0, 0, 1]]
    assert cut[1].tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]
