"""Masks drawn again by GrabCut."""

import sys

import numpy as np
import pytest

from pushgrasp.deploy.grabcut import refined_by_grabcut
from pushgrasp.program import UserError


def disc(radius: float) -> np.ndarray:
    rows, columns = np.mgrid[:120, :160]
    return np.hypot(rows - 60.0, columns - 80.0) < radius


def painted(grain: float) -> np.ndarray:
    colour = np.where(disc(25.0)[..., None], (40, 160, 60), (128, 120, 125))
    noise = grain * np.random.default_rng(0).standard_normal(colour.shape)
    return (colour + noise).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("radius", [23.0, 27.0])
def test_the_edge_moves_to_that_of_the_colours(radius: float) -> None:
    pytest.importorskip("cv2")
    refined = refined_by_grabcut(painted(5.0), disc(radius))
    assert (refined ^ disc(25.0)).sum() <= 10
    assert (disc(radius) ^ disc(25.0)).sum() > 200  # so much it was off


def test_nothing_far_from_the_mask_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cv2")
    colour = painted(5.0)
    colour[:, 110:] = (40, 160, 60)  # of the same colour, 5 pixels away and far beyond
    refined = refined_by_grabcut(colour, disc(25.0))
    assert not refined[:, 112:].any()


def test_the_same_mask_comes_out_every_time() -> None:
    pytest.importorskip("cv2")
    first, second = (refined_by_grabcut(painted(20.0), disc(24.0)) for _ in range(2))
    assert (first == second).all()


def test_an_empty_mask_is_refused_and_a_missing_opencv_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cv2")
    with pytest.raises(ValueError, match="empty"):
        refined_by_grabcut(painted(0.0), disc(0.0))
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(UserError, match=r"pip install 'pushgrasp\[deploy\]'"):
        refined_by_grabcut(painted(0.0), disc(20.0))
