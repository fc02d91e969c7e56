"""Room ahead of strokes, by hand."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.spatial.stroke_keys import room_ahead

WORKSPACE = Workspace()
START, END = torch.tensor([[[0.0, -0.1]]]), torch.tensor([[[0.0, 0.1]]])
"""20 cm towards the far edge, 60 cm away from the start."""


def left(*blocks: tuple[float, float], start: torch.Tensor = START, end: torch.Tensor = END) -> float:
    """Room on a table with blocks of 10 cm around points (x, y) [m]."""
    cells = WORKSPACE.cell_centres()
    objects = torch.zeros(1, 224, 224, dtype=torch.bool)
    for block in blocks:
        objects |= ((cells - torch.tensor(block)).abs() < 0.05).all(dim=-1)
    return float(room_ahead(start, end, objects, WORKSPACE))


def test_without_objects_the_way_to_the_edge_is_left() -> None:
    assert left() == pytest.approx(0.4, abs=1e-5)
    slant = torch.tensor([[[0.1, 0.1]]])
    assert left(start=torch.zeros(1, 1, 2), end=slant) == pytest.approx(0.4 * 2**0.5, abs=1e-5)


def test_objects_in_the_way_and_ahead_of_the_end_take_up_room() -> None:
    assert left((0.0, 0.0)) == pytest.approx(0.3, abs=0.015)
    assert left((0.0, 0.0), (0.0, 0.3)) == pytest.approx(0.2, abs=0.03)
    assert left((0.0, 0.0), (0.0, 0.15), (0.0, 0.3), (0.0, 0.44)) < 0.06


def test_objects_behind_and_beside_the_stroke_do_not() -> None:
    assert left((0.0, -0.2), (0.1, 0.1), (-0.1, 0.3)) == pytest.approx(0.4, abs=1e-5)
    assert left((0.06, 0.1)) == pytest.approx(0.3, abs=0.015)  # its edge lies in the strip
