"""Every check of pictures lets good ones pass and fires on its own fault."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import generic_filter, shift
from table_pictures import HEIGHT, INTRINSICS, frames, picture, table_depth

from pushgrasp.deploy.devices import DeviceFault, Frame
from pushgrasp.deploy.frames import FrameCfg, check_frames, check_new, check_table, combine_frames
from pushgrasp.perception.depth_filter import DepthFilterCfg

TABLE = table_depth()


def one(**options: float) -> Frame:
    return frames([picture(**options)])[0]


def check(*pictures: Frame, table: np.ndarray | float = TABLE, cfg: FrameCfg | None = None) -> None:
    check_frames(pictures, INTRINSICS, table, cfg or FrameCfg())


@pytest.mark.parametrize("boxes", [0, 1, 15, 40])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_good_pictures_pass(boxes: int, seed: int) -> None:
    check(*frames([picture(boxes, seed + 10 * again) for again in range(3)]))


def test_a_dim_picture_passes() -> None:
    check(one(brightness=0.35))


def test_old_pictures() -> None:
    old = one()
    with pytest.raises(DeviceFault, match=r"is 3\.0\d s old, 3 are allowed.*busy"):
        check(replace(old, taken=old.taken - 3.0))


def test_the_same_picture_twice() -> None:
    frame = one()
    with pytest.raises(DeviceFault, match="number 1 and then 1"):
        check(frame, replace(frame, taken=frame.taken + 0.01))
    with pytest.raises(DeviceFault, match=r"0\.000 s later"):
        check(frame, replace(frame, number=2))
    check_new([frame, replace(frame, number=3, taken=frame.taken + 0.001)], FrameCfg())


def test_depth_of_another_size() -> None:
    frame = one()
    with pytest.raises(DeviceFault, match="align depth to colour"):
        check(replace(frame, depth=frame.depth[:, :-1]))


@pytest.mark.parametrize(
    ("matrix", "named"),
    [
        (INTRINSICS * [[2], [2], [1]], "principal point"),  # of twice the resolution: outside
        (INTRINSICS * [[1.35], [1.35], [1]], "another resolution"),
        (INTRINSICS * [[0.01, 1, 1], [1, 0.01, 1], [1, 1, 1]], "degrees"),  # focal length in millimetres
    ],
)
def test_intrinsics_of_another_camera(matrix: np.ndarray, named: str) -> None:
    with pytest.raises(DeviceFault, match=named):
        check_frames([one()], matrix, TABLE, FrameCfg())


def test_a_dark_picture() -> None:
    with pytest.raises(DeviceFault, match=r"dark.*light"):
        check(one(brightness=0.0))
    with pytest.raises(DeviceFault, match="dark"):
        check(one(brightness=0.1))


def test_a_washed_out_picture() -> None:
    with pytest.raises(DeviceFault, match="pure white: lower the exposure"):
        check(one(brightness=3.0))


def test_depth_in_millimetres() -> None:
    frame = one()
    with pytest.raises(DeviceFault, match="millimetres"):
        check(replace(frame, depth=1000 * frame.depth))
    with pytest.raises(DeviceFault, match="stands before the camera"):
        check(replace(frame, depth=0.05 * frame.depth))


@pytest.mark.parametrize("nothing", [0.0, np.nan, np.inf, -1.0])
def test_no_depth_at_all(nothing: float) -> None:
    frame = one()
    with pytest.raises(DeviceFault, match="has no depth"):
        check(replace(frame, depth=np.full_like(frame.depth, nothing)))


def test_too_many_holes() -> None:
    check(one(holes=0.28))
    with pytest.raises(DeviceFault, match=r"3[2-4]% of the workspace has no depth, 30% are allowed"):
        check(one(holes=0.33))


def test_not_finite_depth_counts_as_a_hole() -> None:
    frame = one(holes=0.0)
    depth = frame.depth.copy()
    depth[:100] = np.nan
    with pytest.raises(DeviceFault, match="42% of the workspace has no depth"):  # 100 of 240 rows
        check(replace(frame, depth=depth))


def test_holes_outside_the_workspace_do_not_count() -> None:
    frame, table = one(), TABLE.copy()
    frame.depth[:, :200] = 0.0
    table[:, :200] = 0.0
    check(frame, table=table)


@pytest.mark.parametrize("boxes", [0, 15, 40])
@pytest.mark.parametrize(("moved", "word"), [(0.015, "farther"), (-0.015, "nearer")])
def test_a_table_that_has_moved(boxes: int, moved: float, word: str) -> None:
    frame = one(boxes=boxes)
    depth = np.where(frame.depth > 0.0, frame.depth + moved, 0.0).astype(np.float32)
    with pytest.raises(DeviceFault, match=rf"the table is 1[3-7] mm {word}.*Calibrate again"):
        check(replace(frame, depth=depth))


def test_a_table_within_the_tolerance() -> None:
    frame = one()
    for moved in (-0.006, 0.006):
        depth = np.where(frame.depth > 0.0, frame.depth + moved, 0.0).astype(np.float32)
        check(replace(frame, depth=depth))


def test_one_number_for_the_table() -> None:
    depth = np.full((240, 424), HEIGHT, np.float32)
    check_table(depth, np.full_like(depth, HEIGHT), FrameCfg())
    check(one(), table=HEIGHT)  # the tilt moves the table by 2 cm from side to side, evenly
    with pytest.raises(DeviceFault, match="nearer"):
        check(one(), table=1.05)


def test_a_workspace_out_of_sight() -> None:
    with pytest.raises(DeviceFault, match="not in the picture"):
        check(one(), table=0.0)


@pytest.mark.parametrize("seed", range(4))
def test_depth_that_is_not_aligned(seed: int) -> None:
    frame = one(seed=seed)
    moved = shift(frame.depth, (0, 8), order=0, mode="nearest")
    with pytest.raises(DeviceFault, match=r"depth lies [789] pixels right and -?[01] down of colour"):
        check(replace(frame, depth=moved))


def test_nothing_to_check() -> None:
    with pytest.raises(ValueError, match="at least one"):
        check()
    with pytest.raises(ValueError, match="at least one"):
        combine_frames([], DepthFilterCfg())


def test_several_pictures_make_one() -> None:
    still = frames([(picture(boxes=0, seed=seed)[0], picture(boxes=0, seed=seed)[1]) for seed in range(7)])
    one_of_them = np.where(still[0].depth > 0, still[0].depth - TABLE, 0.0)
    combined = combine_frames(still, DepthFilterCfg())
    assert combined.number == 7 and combined.taken == still[-1].taken
    assert (combined.depth > 0.0).all()  # holes come and go: 0.05 ** 7
    assert (combined.depth - TABLE).std() < one_of_them.std() / 5
    assert combined.depth.dtype == np.float32


def test_holes_that_stay_are_not_filled() -> None:
    still = frames([picture(boxes=0, seed=seed) for seed in range(3)])
    for number, frame in enumerate(still):
        frame.depth[100:120, 200:220] = (0.0, np.nan, -np.inf)[number]
    combined = combine_frames(still, DepthFilterCfg(3, 5))
    assert (combined.depth[100:120, 200:220] == 0.0).all() and np.isfinite(combined.depth).all()


@pytest.mark.parametrize("wrong", [{"age": 0.0}, {"holes": 1.5}, {"table": -1.0}, {"dark": float("nan")}])
def test_settings_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        FrameCfg(**wrong)


@pytest.mark.parametrize("window", [1, 3, 5, 7])
def test_depth_is_the_lower_median_of_what_is_seen(window: int) -> None:
    draw = np.random.default_rng(0)
    depths = draw.uniform(1.0, 2.0, (4, 24, 30)).astype(np.float32)
    depths[draw.random(depths.shape) < 0.4] = 0.0
    depths[:, 5:9, 12:20] = np.nan
    over_time = lower_median(depths, axis=0)
    smooth = generic_filter(over_time, lower_median, size=window, mode="nearest")
    taken = [Frame(np.zeros((24, 30, 3), np.uint8), depth, float(i), i) for i, depth in enumerate(depths)]
    found = combine_frames(taken, DepthFilterCfg(4, window)).depth
    assert np.array_equal(found, np.where(over_time > 0.0, smooth, 0.0))


def lower_median(values: np.ndarray, axis: int = -1) -> np.ndarray:
    """Lower median of what is above 0, which is 0 where nothing is."""
    ordered = np.sort(np.where(values > 0.0, values, np.inf), axis=axis)
    middle = np.maximum(np.isfinite(ordered).sum(axis=axis, keepdims=True) - 1, 0) // 2
    found = np.take_along_axis(ordered, middle, axis=axis).squeeze(axis)
    return np.where(np.isfinite(found), found, 0.0)
