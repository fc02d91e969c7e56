"""Intervals of means against the normal theory and against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pushgrasp.evaluation.intervals import Mean, interquartile_mean, mean


def test_interval_of_a_mean_is_that_of_the_normal_distribution() -> None:
    values = np.random.default_rng(3).normal(5.0, 2.0, 400)
    found = mean(values.tolist())
    # 400 values of spread 2: 1.96 * 2 / sqrt(400) = 0.196; the bootstrap is within a tenth of that
    half = 1.96 * values.std() / 20.0
    assert found is not None and found.low is not None and found.high is not None
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx((found.value - half, found.value + half), abs=0.1 * half)


def test_the_same_values_give_the_same_interval() -> None:
    assert mean([1, 2, 3, 9]) == mean([1, 2, 3, 9])


def test_means_over_little() -> None:
    assert mean([]) is None
    assert mean([3]) == Mean(3.0, None, None, 1)
    assert mean([4, 4, 4]) == Mean(4.0, 4.0, 4.0, 3)


def test_values_must_be_finite() -> None:
    with pytest.raises(ValueError, match=r"values are \[1.0, inf\]; finite numbers are needed"):
        mean([1.0, float("inf")])


def test_interquartile_mean_leaves_out_the_extremes() -> None:
    # means 0, 2, 3, 10; one case is cut at either end: (2 + 3) / 2
    found = interquartile_mean([[0, 0], [10], [1, 3], [3, 3]])
    assert found is not None and (found.value, found.base) == (2.5, 4)
    # only the case of 1 and 3 varies: its resampled means are 1, 2 or 3
    assert (found.low, found.high) == (2.0, 3.0)


def test_interquartile_mean_of_too_few_cases_is_their_mean() -> None:
    # a quarter of three cases, rounded down, is none
    found = interquartile_mean([[0.0], [1.0], [5.0]])
    assert found is not None and found.value == 2.0


def test_interquartile_mean_needs_a_value_in_each_case() -> None:
    assert interquartile_mean([]) is None
    assert interquartile_mean([[1.0], []]) is None
