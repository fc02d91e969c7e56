"""What all drivers share, by hand."""

import time

import numpy as np
import pytest

from pushgrasp.deploy.cameras.picture import camera_matrix, grab_after, largest_shift, make_frame, require_pinhole
from pushgrasp.deploy.devices import DeviceFault, Frame

COLOUR = np.zeros((2, 3, 3), np.uint8)


def test_what_is_no_depth() -> None:
    depth = np.array([[1.0, np.nan, np.inf], [-np.inf, -0.5, 0.0]])
    assert make_frame(COLOUR, depth, 1.0, 2).depth.tolist() == [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]


def test_a_frame_keeps_its_own_memory() -> None:
    colour, depth = COLOUR.copy(), np.ones((2, 3), np.float32)
    frame = make_frame(colour, depth, 1.0, 2)
    colour[:], depth[:] = 9, 9.0
    assert frame.colour.max() == 0 and frame.depth.max() == 1.0


@pytest.mark.parametrize(
    ("colour", "depth", "named"),
    [
        (COLOUR.astype(float), np.ones((2, 3)), "uint8"),
        (COLOUR[..., 0], np.ones((2, 3)), "uint8"),
        (COLOUR, np.ones((3, 2)), "aligned"),
    ],
)
def test_what_is_no_picture(colour: np.ndarray, depth: np.ndarray, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        make_frame(colour, depth, 0.0, 0)


def test_half_a_pixel() -> None:
    assert camera_matrix(600.0, 601.0, 319.5, 239.5).tolist() == [[600, 0, 320], [0, 601, 240], [0, 0, 1]]


def test_the_shift_of_a_lens() -> None:
    matrix = camera_matrix(500.0, 500.0, 499.5, 399.5)  # corners at x = 1, y = 0.8: r^2 = 1.64
    assert largest_shift(matrix, (1000, 800), (0, 0, 0, 0, 0)) == 0.0
    by_hand = 500 * np.hypot(1.0, 0.8) * 0.001 * 1.64
    assert largest_shift(matrix, (1000, 800), (0.001, 0, 0, 0, 0)) == pytest.approx(by_hand)  # 1.05 pixels
    with pytest.raises(DeviceFault, match=r"up to 1\.1 pixels.*'folder'"):
        require_pinhole("camera", matrix, (1000, 800), (0.001, 0, 0, 0, 0))
    require_pinhole("camera", matrix, (1000, 800), (0.0009, 0, 0, 0, 0))


def test_old_pictures_in_a_queue_are_passed_over() -> None:
    now = time.monotonic()
    queue = [Frame(COLOUR, COLOUR[..., 0], now + late, number) for number, late in enumerate((-0.2, -0.1, 0.1, 0.2))]
    assert [frame.number for frame in grab_after("camera", now, 2, 1.0, iter(queue).__next__)] == [2, 3]


def test_a_picture_that_comes_again() -> None:
    now = time.monotonic()
    with pytest.raises(DeviceFault, match="picture 5 came again and again"):
        grab_after("camera", now, 2, 0.05, lambda: Frame(COLOUR, COLOUR[..., 0], time.monotonic(), 5))
