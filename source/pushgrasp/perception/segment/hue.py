"""Colours by name: ranges of hue, for pixels that have one."""

from __future__ import annotations

import numpy as np

HUES: dict[str, tuple[float, float]] = {
    "red": (345.0, 15.0),
    "orange": (15.0, 42.0),
    "yellow": (42.0, 80.0),
    "green": (80.0, 165.0),
    "cyan": (165.0, 195.0),
    "blue": (195.0, 255.0),
    "purple": (255.0, 300.0),
    "pink": (300.0, 345.0),
}
"""First and last hue of each colour [degrees] on the circle of HSV; together they cover it."""

SATURATION, VALUE = 0.35, 0.15
"""Pixels of less have no hue that a camera gives reliably, as shares of the range."""


def has_hue(colour: np.ndarray, name: str) -> np.ndarray:
    """Return which pixels have a named colour.

    Args:
        colour: RGB, shape (..., 3), uint8.
        name: One of :data:`HUES`.

    Returns:
        Shape (...), bool.

    Raises:
        ValueError: If there is no colour of that name.
    """
    if name not in HUES:
        raise ValueError(f"unknown colour {name!r}; colours: {', '.join(HUES)}")
    first, last = HUES[name]
    degrees, vivid = _hue(colour)
    return vivid & ((degrees - first) % 360.0 < (last - first) % 360.0)


def saturation_of(colour: np.ndarray) -> np.ndarray:
    """Return the saturation of pixels (..., 3), uint8, as a share of its range, shape (...), float32."""
    most = colour.max(axis=-1).astype(np.float32)
    return (most - colour.min(axis=-1)) / np.maximum(most, 1.0)


def hues_of(colour: np.ndarray, least: int) -> list[str]:
    """Return the names of the colours that at least ``least`` of some pixels (..., 3), uint8, have."""
    return [name for name in HUES if np.count_nonzero(has_hue(colour, name)) >= least]


def _hue(colour: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hue [degrees] (...) of pixels, and whether they are saturated and bright enough to have one."""
    red, green, blue = np.moveaxis(colour.astype(np.float32), -1, 0)
    most, least = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    spread = most - least
    sector = np.select(
        [most == red, most == green], [green - blue, blue - red + 2.0 * spread], red - green + 4.0 * spread
    )
    vivid = (spread >= SATURATION * most) & (most >= VALUE * 255.0)
    return 60.0 * sector / np.maximum(spread, 1.0), vivid
