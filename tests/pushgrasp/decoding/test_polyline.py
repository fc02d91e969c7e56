"""Polyline arithmetic against brute force and hand-computed lines."""

import math
from itertools import permutations

import numpy as np
import pytest
import torch
from scipy.signal import savgol_coeffs, savgol_filter

from pushgrasp.decoding.polyline import (
    end_direction,
    extend,
    lengths,
    orders,
    resample,
    room,
    shortest_order,
    slice_line,
    smooth,
    tangent_yaw,
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


def test_inner_points_equal_scipy_row_by_row_and_ends_stay():
    paths = torch.rand(3, 32, 2, generator=torch.Generator().manual_seed(0))
    smoothed = smooth(paths, 9, 2)
    for n in range(3):
        for axis in range(2):
            expected = savgol_filter(paths[n, :, axis].numpy(), 9, 2)
            np.testing.assert_allclose(smoothed[n, 1:-1, axis].numpy(), expected[1:-1], atol=1e-6)
    assert torch.equal(smoothed[:, 0], paths[:, 0]) and torch.equal(smoothed[:, -1], paths[:, -1])


def test_inner_points_are_the_convolution_with_the_filters_coefficients():
    row = torch.rand(1, 21, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    expected = np.convolve(row[0, :, 0].numpy(), savgol_coeffs(7, 3), mode="valid")
    np.testing.assert_allclose(smooth(row, 7, 3)[0, 3:-3, 0].numpy(), expected, atol=1e-12)


def test_parabolas_pass_unchanged_and_the_dtype_stays():
    t = torch.linspace(-1, 1, 32, dtype=torch.float64)
    path = torch.stack((t, t.square(), 3 - t), dim=-1)[None]
    smoothed = smooth(path, 9, 2)
    assert smoothed.dtype == torch.float64
    torch.testing.assert_close(smoothed, path, atol=1e-12, rtol=0)


@pytest.mark.parametrize(("window", "order"), [(8, 2), (3, 3), (33, 2)])
def test_windows_without_a_meaning_are_refused(window, order):
    with pytest.raises(ValueError, match="window"):
        smooth(torch.zeros(1, 32, 2), window, order)


def test_yaw_turns_with_a_circle():
    # A circle run anticlockwise from (1, 0): the tangent starts at 90 degrees and turns with the angle.
    angle = torch.linspace(0.0, 1.5 * math.pi, 301, dtype=torch.float64)
    yaw = tangent_yaw(torch.stack((angle.cos(), angle.sin()), dim=-1))
    assert (yaw[1:-1] - (yaw[1] + angle[1:-1] - angle[1])).abs().max() < 1e-9
    assert abs(abs(float(yaw[0])) - math.pi / 2) < 0.01


def test_yaw_keeps_its_value_where_the_path_turns_back():
    # Along +x and back: the same jaw axis both ways, no half turn.
    x = torch.cat((torch.linspace(0.0, 1.0, 11), torch.linspace(0.95, 0.0, 10)))
    yaw = tangent_yaw(torch.stack((x, torch.zeros_like(x)), dim=-1)[None])
    assert yaw.abs().max() < 1e-6
