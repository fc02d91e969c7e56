"""The trapezoid of speed, against its integral."""

import numpy as np
import torch
from scipy.integrate import cumulative_trapezoid

from pushgrasp.motion.timing import PEAK_ACCELERATION_RATIO, PEAK_RATIO, progress_at, time_at


def test_progress_is_the_integral_of_a_trapezoid() -> None:
    # ramps of a quarter each: peak speed v with v * (1/8 + 1/2 + 1/8) = 1, so v = 4/3; acceleration 4 v = 16/3
    assert np.isclose(PEAK_RATIO, 4 / 3)
    assert np.isclose(PEAK_ACCELERATION_RATIO, 16 / 3)
    time = np.linspace(0.0, 1.0, 1001)
    speed = np.interp(time, [0.0, 0.25, 0.75, 1.0], [0.0, 4 / 3, 4 / 3, 0.0])
    expected = cumulative_trapezoid(speed, time, initial=0.0)
    np.testing.assert_allclose(progress_at(torch.from_numpy(time)), expected, atol=1e-9)


def test_known_points() -> None:
    # end of the ramp: v / 8 = 1/6; half way by symmetry
    given = torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0])
    torch.testing.assert_close(progress_at(given), torch.tensor([0.0, 1 / 6, 0.5, 5 / 6, 1.0]))


def test_time_at_is_the_inverse() -> None:
    time = torch.linspace(0.0, 1.0, 501, dtype=torch.float64)
    torch.testing.assert_close(time_at(progress_at(time)), time, atol=1e-7, rtol=0)
    assert time_at(torch.tensor([0.0, 1.0])).tolist() == [0.0, 1.0]
