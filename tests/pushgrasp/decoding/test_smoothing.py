"""Savitzky-Golay smoothing against SciPy, and the yaw along known paths."""

import math

import numpy as np
import pytest
import torch
from scipy.signal import savgol_coeffs, savgol_filter

from pushgrasp.decoding.smoothing import smooth, tangent_yaw


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
