"""Colours by name."""

import colorsys

import numpy as np
import pytest

from pushgrasp.perception.segment.hue import HUES, has_hue, hues_of, saturation_of


def pixel(degrees: float, saturation: float = 0.8, value: float = 0.8) -> np.ndarray:
    channels = colorsys.hsv_to_rgb(degrees / 360.0, saturation, value)
    return np.round(255.0 * np.array(channels)).astype(np.uint8)


@pytest.mark.parametrize("degrees", range(3, 360, 5))
def test_every_hue_has_one_name(degrees: int) -> None:
    names = [name for name in HUES if has_hue(pixel(degrees), name)]
    spans = {name: (degrees - first) % 360 < (last - first) % 360 for name, (first, last) in HUES.items()}
    assert names == [name for name, inside in spans.items() if inside] and len(names) == 1


def test_grey_and_dark_pixels_have_no_name() -> None:
    for colour in (pixel(120, saturation=0.2), pixel(120, value=0.1), np.zeros(3, np.uint8), np.full(3, 255, np.uint8)):
        assert not any(has_hue(colour, name) for name in HUES)


def test_unknown_colours_are_refused_with_the_names() -> None:
    with pytest.raises(ValueError, match="unknown colour 'teal'; colours: red, orange"):
        has_hue(pixel(0), "teal")


def test_colours_of_pixels_are_listed_if_enough_have_them() -> None:
    pixels = np.stack([pixel(0)] * 5 + [pixel(120)] * 2)
    assert hues_of(pixels, 5) == ["red"]
    assert hues_of(pixels, 2) == ["red", "green"]


def test_saturation_is_that_of_hsv() -> None:
    assert saturation_of(pixel(40, saturation=0.5)) == pytest.approx(0.5, abs=0.01)
    assert saturation_of(np.zeros(3, np.uint8)) == 0.0
