"""The shift between depth and colour, measured on pictures that were shifted by hand."""

import numpy as np
import pytest
from scipy.ndimage import shift
from table_pictures import picture

from pushgrasp.deploy.alignment import AlignmentCfg, check_alignment, depth_edges, measure_shift
from pushgrasp.deploy.devices import DeviceFault


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("right", "down"), [(0, 0), (3, 0), (9, -2), (-12, 5), (0, 14)])
@pytest.mark.parametrize("boxes", [4, 40])
def test_shifts_are_found(seed: int, right: int, down: int, boxes: int) -> None:
    colour, depth = picture(boxes, seed)
    moved = shift(depth, (down, right), order=0, mode="nearest")
    found = measure_shift(colour, moved, AlignmentCfg())
    assert found is not None and np.abs(np.subtract(found, (right, down))).max() <= 1


def test_the_limit() -> None:
    colour, depth = picture()
    check_alignment(colour, shift(depth, (0, 2), order=0, mode="nearest"), AlignmentCfg())
    with pytest.raises(DeviceFault, match="align depth to colour"):
        check_alignment(colour, shift(depth, (0, 6), order=0, mode="nearest"), AlignmentCfg())


def test_pictures_that_tell_nothing() -> None:
    assert measure_shift(*picture(boxes=0), AlignmentCfg()) is None
    grey = np.random.default_rng(0).normal(128, 4, (240, 424, 3)).astype(np.uint8)
    assert measure_shift(grey, picture()[1], AlignmentCfg()) is None  # boxes of the table's colour


def test_edges_of_depth() -> None:
    depth = np.full((5, 6), 1.0, np.float32)
    depth[:, 3:] = 0.95
    depth[0, 2] = 0.0  # a hole has no edge
    wanted = np.zeros((5, 6), dtype=bool)
    wanted[1:, 2] = True
    assert np.array_equal(depth_edges(depth, 0.015), wanted)
    assert not depth_edges(depth, 0.06).any()
