"""Polyline arithmetic against brute force and hand-computed lines."""

from itertools import permutations

import pytest
import torch

from pushgrasp.decoding.polyline import (
    end_direction,
    extend,
    lengths,
    orders,
    resample,
    room,
    shortest_order,
    slice_line,
)

CORNER = torch.tensor([[[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 2.0]]])


def test_shortest_order_equals_brute_force():
    generator = torch.Generator().manual_seed(3)
    points = torch.rand(20, 6, 2, generator=generator, dtype=torch.float64)
    present = torch.rand(20, 6, generator=generator) > 0.3
    present[:, 0] = True
    order = shortest_order(points, present)
    for n in range(20):
        there = present[n].nonzero()[:, 0].tolist()
        chosen = order[n, : len(there)].tolist()
        assert sorted(chosen) == there
        best = min(float(points[n, list(p)].diff(dim=0).norm(dim=-1).sum()) for p in permutations(there))
        assert float(points[n, chosen].diff(dim=0).norm(dim=-1).sum()) == pytest.approx(best, abs=1e-12)


def test_too_many_points_are_refused():
    with pytest.raises(ValueError, match="count is 8"):
        orders(8)


def test_length_and_slices_of_a_corner():
    assert lengths(CORNER).item() == pytest.approx(3.0)
    # From 0.5 m to 2.5 m in steps of 0.5 m: round the corner at 1 m.
    sliced = slice_line(CORNER, torch.tensor([0.5]), torch.tensor([2.5]), 5)
    expected = torch.tensor([[[0.5, 0.0], [1.0, 0.0], [1.0, 0.5], [1.0, 1.0], [1.0, 1.5]]])
    torch.testing.assert_close(sliced, expected, atol=1e-6, rtol=0)
    torch.testing.assert_close(resample(CORNER, 4)[0, 2], torch.tensor([1.0, 1.0]), atol=1e-6, rtol=0)


def test_a_point_stays_a_point():
    dot = torch.full((1, 3, 2), 0.25)
    assert torch.equal(resample(dot, 5), torch.full((1, 5, 2), 0.25))
    assert torch.equal(end_direction(dot, torch.tensor([[0.0, 1.0]])), torch.tensor([[0.0, 1.0]]))


def test_room_in_a_box():
    low, high = torch.tensor([[-1.0, -2.0]]), torch.tensor([[1.0, 2.0]])
    origin = torch.tensor([[0.5, 0.0]])
    assert room(origin, torch.tensor([[1.0, 0.0]]), low, high).item() == pytest.approx(0.5)
    assert room(origin, torch.tensor([[-0.6, 0.8]]), low, high).item() == pytest.approx(2.5)  # both walls at 2.5


def test_extension_goes_on_at_the_end_and_then_at_the_start():
    line = torch.tensor([[[0.0, 0.0], [0.5, 0.0]]])
    low, high = torch.tensor([[-5.0, -5.0]]), torch.tensor([[0.7, 5.0]])
    longer = extend(line, torch.tensor([1.0]), torch.tensor([[1.0, 0.0]]), low, high)
    # 0.2 m are left to the wall at 0.7, the other 0.8 m go to the start.
    torch.testing.assert_close(longer[0, :, 0], torch.tensor([-0.8, 0.0, 0.5, 0.7]), atol=1e-6, rtol=0)
