"""Distance of segments against SciPy."""

import pytest
import torch
from scipy.optimize import minimize

from pushgrasp.motion.arm.segments import segment_distance


def distance(a: list[list[float]], b: list[list[float]]) -> float:
    return float(segment_distance(torch.tensor(a, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([[0, 0, 0], [1, 0, 0]], [[0.5, -1, 2], [0.5, 1, 2]], 2.0),  # crossing, one over the other
        ([[0, 0, 0], [1, 0, 0]], [[2, 0, 0], [3, 0, 0]], 1.0),  # in line
        ([[0, 0, 0], [1, 0, 0]], [[0.2, 3, 0], [0.8, 3, 0]], 3.0),  # parallel
        ([[0, 0, 0], [1, 0, 0]], [[4, 4, 0], [9, 9, 0]], 5.0),  # end to end: 3, 4
        ([[0, 0, 0], [1, 1, 1]], [[1, 0, 0], [0, 1, 1]], 0.0),  # through each other
        ([[0, 0, 0], [0, 0, 0]], [[0, 2, -1], [0, 2, 1]], 2.0),  # a point
    ],
)
def test_known_distances(a: list[list[float]], b: list[list[float]], expected: float) -> None:
    assert distance(a, b) == pytest.approx(expected, abs=1e-9)
    assert distance(b, a) == pytest.approx(expected, abs=1e-9)


def test_random_segments_against_scipy() -> None:
    ends = torch.rand(2, 2, 3, 40, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = segment_distance(ends[0], ends[1])
    for index in range(ends.shape[-1]):
        a, b = ends[0, ..., index].numpy(), ends[1, ..., index].numpy()

        def gap(share, a=a, b=b) -> float:
            return float(
                (((1 - share[0]) * a[0] + share[0] * a[1] - (1 - share[1]) * b[0] - share[1] * b[1]) ** 2).sum()
            )

        best = minimize(gap, [0.5, 0.5], bounds=[(0, 1), (0, 1)], options={"ftol": 1e-15, "gtol": 1e-12}).fun
        assert float(found[index]) == pytest.approx(best**0.5, abs=1e-6)
