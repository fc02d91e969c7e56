"""What stands on the table, over the table that is seen."""

import numpy as np
import pytest

from pushgrasp.perception.segment.cfg import SegmentationCfg

RED = (200, 40, 40)
BOX = slice(90, 110), slice(90, 110)


def test_only_what_is_high_and_over_the_workspace_stands(table) -> None:
    seen = table().put(*BOX, 0.05, RED).put(slice(60, 80), slice(90, 110), 0.008, RED)
    seen.put(slice(90, 110), slice(0, 15), 0.05, RED)  # at x = -0.4 m to -0.32 m; the workspace ends at -0.3 m
    mask = seen.segments().standing.mask
    assert mask.sum() == 400 and mask[BOX].all()


def test_low_rims_belong_to_what_is_high(table) -> None:
    seen = table().put(slice(88, 112), slice(88, 112), 0.006, RED).put(*BOX, 0.05, RED)
    assert seen.segments().standing.mask.sum() == 24 * 24
    assert seen.segments(SegmentationCfg(foot=0.01)).standing.mask.sum() == 400


@pytest.mark.parametrize("off", [0.0, 0.006, -0.006])
def test_heights_are_over_the_table_that_is_seen(table, off: float) -> None:
    seen = table().put(*BOX, 0.05, RED)
    seen.depth -= off + 0.01 * (np.arange(200) / 200 - 0.5)[None].astype(np.float32)  # and tilted by 10 mm in 0.8 m
    standing = seen.segments().standing
    assert standing.mask.sum() == 400
    assert np.abs(standing.height[BOX] - 0.05).max() < 1e-3


def test_a_table_far_from_calibration_is_refused(table) -> None:
    seen = table()
    seen.depth -= 0.025
    with pytest.raises(ValueError, match="seen 25 mm off z = 0"):
        seen.segments()


def test_without_a_table_in_sight_calibration_counts(table) -> None:
    seen = table().put(slice(0, 200), slice(0, 200), 0.1, RED)
    assert np.allclose(seen.segments().standing.height, 0.1, atol=1e-6)


def test_an_arm_in_the_picture_is_told(table) -> None:
    seen = table().put(slice(80, 120), slice(90, 110), 0.4, RED)
    with pytest.raises(ValueError, match=r"0.40 m high at pixel 100,100 \(x -?0.00 m, y -?0.00 m\).*arm"):
        seen.segments()
    assert table().put(slice(100, 102), slice(100, 102), 0.4, RED).segments().standing.mask.sum() == 4


def test_a_picture_of_elsewhere_is_refused(table) -> None:
    seen = table()
    seen.depth[50:150, 50:150] = 0.0
    with pytest.raises(ValueError, match="no pixel of the depth picture lies over the workspace"):
        seen.segments(half=0.1)


def test_nan_and_infinite_depth_is_none(table) -> None:
    seen = table().put(*BOX, 0.05, RED)
    seen.depth[90, 90], seen.depth[91, 91], seen.depth[92, 92] = np.nan, np.inf, -1.0
    standing = seen.segments().standing
    assert standing.mask.sum() == 397 and (standing.area[:, :] == 0.0).sum() == 3


def test_pictures_of_different_sizes_are_refused(table) -> None:
    seen = table()
    seen.depth = seen.depth[:100]
    with pytest.raises(ValueError, match=r"colour must be uint8 with shape \(100, 200, 3\), got uint8 \(200, 200, 3\)"):
        seen.segments()


def test_floor_foot_and_ceiling_are_in_order() -> None:
    with pytest.raises(ValueError, match=r"foot=0.02: at most SegmentationCfg.floor=0.01"):
        SegmentationCfg(foot=0.02)
    with pytest.raises(ValueError, match=r"ceiling=0.01: more than SegmentationCfg.floor=0.01"):
        SegmentationCfg(ceiling=0.01)


def test_areas_are_what_pixels_cover(table) -> None:
    area = table().put(*BOX, 0.5 - 0.2, RED).segments().standing.area
    assert area[0, 0] == pytest.approx(0.004**2)
    assert area[100, 100] == pytest.approx((0.7 / 250) ** 2)
