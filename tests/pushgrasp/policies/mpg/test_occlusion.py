"""What stands over the target, in pictures whose cells can be counted."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pushgrasp.policies.mpg.occlusion import HIDDEN, overhang, rectangles


def mask(rows: slice, cols: slice, size: int = 40) -> Tensor:
    cells = torch.zeros(1, size, size, dtype=torch.bool)
    cells[:, rows, cols] = True
    return cells


def test_rectangle_of_a_rectangle_is_itself() -> None:
    box = mask(slice(10, 18), slice(5, 25))
    assert torch.equal(rectangles(box), box)


def test_rectangle_fills_what_is_missing() -> None:
    box = mask(slice(10, 20), slice(10, 30))
    notched = box.clone()
    notched[:, 14:20, 18:22] = False
    assert torch.equal(rectangles(notched), box)


def test_rectangle_turns_with_the_mask() -> None:
    rows, cols = torch.meshgrid(torch.arange(41) - 20, torch.arange(41) - 20, indexing="ij")
    diamond = ((rows.abs() + cols.abs()) <= 10)[None]  # a square at 45 degrees
    found = rectangles(diamond)
    assert int((found ^ diamond).sum()) <= 40  # its rim of half a cell; the upright rectangle has 441 cells, not 221


def test_rectangle_of_nothing_is_empty() -> None:
    assert not bool(rectangles(torch.zeros(1, 40, 40, dtype=torch.bool)).any())


def scene(cover: Tensor, level: float) -> float:
    """Overhang of a target of 10 x 20 cells, 5 cm high, where an object of some height is or covers it."""
    target = mask(slice(10, 20), slice(10, 30)) & ~cover
    height = torch.where(target, 0.05, 0.0).masked_fill(cover, level)
    return float(overhang(height, target | cover, target))


def test_nothing_stands_over_a_target_alone() -> None:
    assert scene(mask(slice(0), slice(0)), 0.0) == 0.0


def test_what_lies_on_the_target_counts_in_its_rectangle_and_beside_it() -> None:
    # 4 x 4 cells of 200 in the middle, all at most 2 cells from the rest: in the rectangle and in the strip, which has
    # 2 x (2 x 20 + 2 x 10) cells outside along the sides, and 1 at each corner (the next are further away than 2).
    assert scene(mask(slice(13, 17), slice(18, 22)), 0.10) == pytest.approx(16 / 200 + 16 / (124 + 16))


def test_higher_neighbours_count_beside_the_target_alone() -> None:
    # Columns 30 to 35 touch the right side of 10 cells: 2 columns of the strip, 20 cells of 124.
    assert scene(mask(slice(10, 20), slice(30, 36)), 0.10) == pytest.approx(20 / 124)


def test_neighbours_as_high_as_the_target_do_not_count() -> None:
    assert scene(mask(slice(10, 20), slice(30, 36)), 0.055) == 0.0


def test_target_out_of_view_is_hidden() -> None:
    assert scene(mask(slice(0, 40), slice(0, 40)), 0.10) == HIDDEN


def test_targets_are_judged_each_by_itself() -> None:
    target = torch.cat((mask(slice(10, 20), slice(10, 30)), mask(slice(0), slice(0))))
    found = overhang(0.05 * target, target, target)
    assert found.tolist() == [0.0, HIDDEN]
