"""Isolate rate on scenes whose rings can be counted by hand."""

import pytest
import torch

from pushgrasp.perception.isolation import isolate_rate


def scene(target: tuple[slice, slice], *others: tuple[slice, slice]) -> tuple[torch.Tensor, torch.Tensor]:
    masks = torch.zeros(2, 1, 20, 20, dtype=torch.bool)
    masks[:, 0, target[0], target[1]] = True
    for other in others:
        masks[1, 0, other[0], other[1]] = True
    return masks[0], masks[1]


CELL = (slice(10, 11), slice(10, 11))


def test_free_and_enclosed_targets():
    assert isolate_rate(*scene(CELL), 0.01).tolist() == [1.0]
    assert isolate_rate(*scene(CELL, (slice(0, 20), slice(0, 20))), 0.01).tolist() == [0.0]


def test_half_ring_by_hand():
    # a disc of radius 3 cells holds 29 cells: rows +-3: 1, +-2: 5, +-1: 5, 0: 7; the ring is 28 of them.
    # a wall on columns > 10 takes those right of the centre: rows +-3: 0, +-2: 2, +-1: 2, 0: 3 -> 11 cells
    rate = isolate_rate(*scene(CELL, (slice(0, 20), slice(11, 20))), 0.01)
    assert rate.item() == pytest.approx(1 - 11 / 28)


def test_own_cells_and_far_objects_do_not_count():
    assert isolate_rate(*scene(CELL, (slice(14, 16), slice(0, 20))), 0.01).item() == 1.0  # 4 cells away
    narrow = isolate_rate(*scene(CELL, (slice(0, 20), slice(11, 20))), 0.01, ring_width=0.01)
    assert narrow.item() == 0.75  # a ring of the 4 direct neighbours, one occupied


def test_ring_is_cut_at_the_border():
    corner = (slice(0, 1), slice(0, 1))
    # quarter disc: rows 0: 4, 1: 3, 2: 3, 3: 1 -> 11 cells, ring 10; the other object covers row 0, columns 1 to 3
    assert isolate_rate(*scene(corner, (slice(0, 1), slice(1, 20))), 0.01).item() == pytest.approx(0.7)


def test_invisible_target_is_zero_and_full_picture_is_one():
    target, objects = scene((slice(0, 0), slice(0, 0)), CELL)
    assert isolate_rate(target, objects, 0.01).tolist() == [0.0]
    assert isolate_rate(torch.ones_like(target), torch.ones_like(target), 0.01).tolist() == [1.0]


def test_bad_input_is_refused():
    target, objects = scene(CELL)
    with pytest.raises(ValueError, match="objects"):
        isolate_rate(target, objects.float(), 0.01)
    with pytest.raises(ValueError, match="alike"):
        isolate_rate(target, objects[:, :10], 0.01)
    for lengths in ((0.0, 0.03), (0.01, -0.03), (float("nan"), 0.03)):
        with pytest.raises(ValueError, match="above 0 m"):
            isolate_rate(target, objects, *lengths)
