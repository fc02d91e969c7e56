"""Openings and POS, by hand and both ways."""

import numpy as np
import pytest

from pushgrasp.deploy.gripper.cfg import RobotiqCfg
from pushgrasp.deploy.gripper.width_table import WidthTable

ENDS = ((3, 0.140), (230, 0.0))
MEASURED = ((3, 0.1405), (50, 0.117), (100, 0.088), (150, 0.056), (200, 0.021), (228, 0.0))


def test_two_ends_make_a_line() -> None:
    table = WidthTable(ENDS)
    assert table.width(3) == pytest.approx(0.140) and table.width(230) == pytest.approx(0.0)
    assert table.width(116) == pytest.approx(0.140 * (230 - 116) / 227)  # by hand: 0.0703 m
    assert table.position(0.07) == 116 or table.position(0.07) == 117
    assert table.widest == pytest.approx(0.140)


def test_beyond_the_ends() -> None:
    table = WidthTable(ENDS)
    assert table.width(0) == pytest.approx(0.140) and table.width(255) == pytest.approx(0.0)
    assert table.position(0.15) == 3 and table.position(0.0) == 230


@pytest.mark.parametrize("pairs", [ENDS, MEASURED])
def test_both_ways(pairs) -> None:
    table = WidthTable(pairs)
    widths = [table.width(position) for position in range(int(pairs[0][0]), int(pairs[-1][0]) + 1)]
    assert (np.diff(widths) < 0).all()
    assert [table.position(width) for width in widths] == list(range(int(pairs[0][0]), int(pairs[-1][0]) + 1))


def test_measured_pairs_are_met() -> None:
    table = WidthTable(MEASURED)
    for position, width in MEASURED:
        assert table.width(position) == pytest.approx(width) and table.position(width) == position


@pytest.mark.parametrize(
    ("pairs", "named"),
    [
        (MEASURED[:5], "5 pairs: two ends or at least 6"),
        (MEASURED[:1], "1 pairs"),
        (MEASURED[::-1], "rise"),
        (((3, 0.14), (300, 0.0)), "255"),
        (((3, 0.0), (230, 0.14)), "fall"),
        (((3, 140.0), (230, 0.0)), "metres, not millimetres"),
        (((3, float("nan")), (230, 0.0)), "finite"),
        ((*MEASURED[:5], (228, 0.021)), "fall"),
    ],
)
def test_tables_that_are_none(pairs, named) -> None:
    with pytest.raises(ValueError, match=named):
        RobotiqCfg(table=pairs)


@pytest.mark.parametrize("width", [-0.01, float("nan"), float("inf")])
def test_openings_that_are_none(width) -> None:
    with pytest.raises(ValueError, match="width="):
        WidthTable(ENDS).position(width)


def test_speed_numbers() -> None:
    cfg = RobotiqCfg()
    assert cfg.speed_number(0.250) == 255 and cfg.speed_number(0.030) == 0
    assert cfg.speed_number(0.140) == 127  # half way is 127.5; never faster than asked for
    assert cfg.speed_number(9.0) == 255 and cfg.speed_number(0.001) == 0
    with pytest.raises(ValueError, match="speed="):
        cfg.speed_number(float("nan"))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"force": 256}, "force=256"),
        ({"speeds": (0.25, 0.03)}, "speeds="),
        ({"port": 0}, "port=0"),
        ({"stale": 0.0}, "stale"),
    ],
)
def test_settings_out_of_range(wrong, named) -> None:
    with pytest.raises(ValueError, match=named):
        RobotiqCfg(**wrong)
