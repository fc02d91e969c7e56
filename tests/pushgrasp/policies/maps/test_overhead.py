"""Heightmaps of imagined states: blocks whose tops are known."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.interface.world import State
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.maps.overhead import overhead_heightmaps

AREA = Workspace()


def state(*places: tuple[float, float, float]) -> State:
    """Cubes of 5 cm with their middles at places [m]."""
    upright = torch.tensor([0.0, 0.0, 0.0, 1.0]).expand(1, len(places), 4)
    shapes = ("cube",) * len(places)
    there = torch.ones(1, len(places), dtype=torch.bool)
    return State(torch.tensor(places)[None], upright, there, torch.zeros(1, dtype=torch.long), shapes)


def test_a_cube_is_seen_where_it_stands() -> None:
    maps = overhead_heightmaps(state((0.1, -0.2, 0.025)), AREA)
    middle = AREA.xy_to_cell(torch.tensor([[0.1, -0.2], [0.1, -0.12]])).tolist()
    assert [float(maps.height[0, row, column]) for row, column in middle] == pytest.approx([0.05, 0.0], abs=1e-5)
    assert [int(maps.ids[0, row, column]) for row, column in middle] == [1, 0]
    side = 0.05 / AREA.resolution  # cells
    assert int((maps.ids > 0).sum()) == pytest.approx(side**2, rel=0.15)


def test_the_upper_one_of_two_is_seen() -> None:
    for places in (((0.0, 0.0, 0.025), (0.0, 0.0, 0.075)), ((0.0, 0.0, 0.075), (0.0, 0.0, 0.025))):
        maps, upper = overhead_heightmaps(state(*places), AREA), 1 + int(places[1][2] > places[0][2])
        assert float(maps.height.max()) == pytest.approx(0.1, abs=1e-5)
        assert int(maps.ids[0, 112, 112]) == upper


def test_what_left_the_table_is_not_seen() -> None:
    gone = state((0.9, 0.0, 0.025), (0.0, float("nan"), 0.0), (0.0, 0.0, 0.025))
    assert overhead_heightmaps(gone, AREA).ids.unique().tolist() == [0, 3]
