"""Gripper geometry: the numbers of the specification, and refusal of impossible ones."""

import pytest

from pushgrasp.gripper import GripperGeometry


def test_derived_dimensions() -> None:
    geometry = GripperGeometry()
    # 70 mm of pad and 80 mm of palm; two pads of 12 mm side by side; 140 mm open plus two pads
    assert geometry.reach == pytest.approx(0.150)
    assert geometry.closed_section == pytest.approx((0.024, 0.024))
    assert geometry.outer_width(geometry.stroke) == pytest.approx(0.164)


@pytest.mark.parametrize("value", [0.0, -0.1, float("nan"), float("inf")])
def test_impossible_dimensions_are_named(value: float) -> None:
    with pytest.raises(ValueError, match=r"GripperGeometry\.stroke"):
        GripperGeometry(stroke=value)
