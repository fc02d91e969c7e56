"""Joint splines against SciPy, and their least times against what dense samples show."""

import numpy as np
import pytest
import torch
from scipy.interpolate import CubicHermiteSpline

from pushgrasp.motion.arm.spline import coefficients, evaluate, least_time, slopes


@pytest.fixture
def knots() -> torch.Tensor:
    return torch.rand(2, 2, 9, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def inner() -> torch.Tensor:
    """Two legs of four intervals each."""
    return torch.tensor([[[False, True, True, True, False, True, True, True, False]] * 2] * 2)


def test_spline_agrees_with_scipy(knots: torch.Tensor, inner: torch.Tensor) -> None:
    slope = slopes(knots, inner)
    expected = np.gradient(knots[0, 1].numpy(), axis=0) * inner[0, 1, :, None].numpy()
    np.testing.assert_allclose(slope[0, 1], expected, atol=1e-12)
    spline = CubicHermiteSpline(np.arange(9), knots[0, 1].numpy(), expected)
    cubic = coefficients(knots, slope)
    for interval in range(8):
        share = torch.linspace(0.0, 1.0, 7, dtype=torch.float64)
        value, rate = evaluate(cubic[0, 1, interval].expand(7, -1, -1), share)
        np.testing.assert_allclose(value, spline(interval + share.numpy()), atol=1e-12)
        np.testing.assert_allclose(rate, spline(interval + share.numpy(), 1), atol=1e-12)


def test_least_time_is_that_of_the_peaks(knots: torch.Tensor, inner: torch.Tensor) -> None:
    cubic = coefficients(knots, slopes(knots, inner))
    spline = CubicHermiteSpline(np.arange(9), knots[1, 0].numpy(), slopes(knots, inner)[1, 0].numpy())
    for interval in range(8):
        t = interval + np.linspace(0.0, 1.0 - 1e-9, 4001)
        rate, change = np.abs(spline(t, 1)).max(), np.abs(spline(t, 2)).max()
        fast, slow = least_time(cubic, 2.0, 1.0e9), least_time(cubic, 1.0e9, 3.0)
        assert float(fast[1, 0, interval]) == pytest.approx(rate / 2.0, rel=1e-4)
        assert float(slow[1, 0, interval]) == pytest.approx((change / 3.0) ** 0.5, rel=1e-4)


def test_a_joint_at_rest_needs_no_time(inner: torch.Tensor) -> None:
    cubic = coefficients(torch.ones(2, 2, 9, 6), slopes(torch.ones(2, 2, 9, 6), inner))
    assert least_time(cubic, 1.0, 1.0).max() == 0.0
