"""Motion limits: the workspace box and refused values."""

import pytest
import torch

from pushgrasp.motion.limits import MotionLimits


def test_contains_is_closed_and_ends_at_the_table() -> None:
    points = torch.tensor(
        [[0.48, -0.48, 0.0], [0.0, 0.0, 0.6], [0.481, 0, 0.1], [0, -0.481, 0.1], [0, 0, -1e-6], [0, 0, 0.61]]
    )
    assert MotionLimits().contains(points).tolist() == [True, True, False, False, False, False]


def test_contains_refuses_other_shapes() -> None:
    with pytest.raises(ValueError, match=r"position has shape \(4, 2\)"):
        MotionLimits().contains(torch.zeros(4, 2))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("free_speed", 0.0),
        ("acceleration", -1.0),
        ("acceleration", -1),
        ("rotation_acceleration", True),
        ("travel_height", 0.7),
        ("home", (0.75, 0.0, -0.1)),
        ("hold_time", -0.1),
        ("push_speed", float("nan")),
        ("x_range", (0.4, -0.4)),
        ("z_range", (-0.01, 0.6)),
        ("home", (0.75, float("inf"), 0.35)),
    ],
)
def test_impossible_limits_are_named(name: str, value: float | tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=f"MotionLimits.{name}"):
        MotionLimits(**{name: value})
