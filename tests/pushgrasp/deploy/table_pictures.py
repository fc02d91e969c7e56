"""Pictures of boxes on a table, seen from above, made by hand in numpy."""

import time
from collections.abc import Sequence

import numpy as np

from pushgrasp.deploy.devices import Frame

SIZE = 424, 240
"""Width and height [pixel]."""

INTRINSICS = np.array([[310.0, 0.0, 212.5], [0.0, 310.0, 119.5], [0.0, 0.0, 1.0]])
HEIGHT = 1.0
"""Of the camera over the table [m]."""

TILT = 0.03
"""Growth of the table's depth per unit of the viewing ray's x: the camera does not look quite straight down."""


def table_depth() -> np.ndarray:
    """Depth of the empty table [m], shape (h, w)."""
    columns = (np.arange(SIZE[0]) + 0.5 - INTRINSICS[0, 2]) / INTRINSICS[0, 0]
    return np.broadcast_to(HEIGHT / (1.0 - TILT * columns), SIZE[::-1]).astype(np.float32)


def picture(
    boxes: int = 15, seed: int = 0, noise: float = 0.003, holes: float = 0.05, brightness: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Colour (h, w, 3) and depth [m] (h, w) of boxes 3 to 8 cm high on a grainy table.

    Args:
        boxes: How many.
        seed: Of where they stand and of the noise.
        noise: Standard deviation of depth at 1 m [m].
        holes: Share of pixels without depth.
        brightness: Factor of colour.
    """
    random = np.random.default_rng(seed)
    depth = table_depth().copy()
    colour = np.full((*depth.shape, 3), (150.0, 145.0, 135.0))
    for _ in range(boxes):
        top = random.uniform(0.03, 0.08)
        width, height = (310.0 * random.uniform(0.04, 0.10, 2) / (HEIGHT - top)).astype(int)
        left, up = random.integers(0, SIZE[0] - width), random.integers(0, SIZE[1] - height)
        place = np.s_[up : up + height, left : left + width]
        depth[place] = HEIGHT - top
        colour[place] = random.uniform(20, 255, 3)
    colour += random.normal(0.0, 4.0, colour.shape)
    depth += noise * depth**2 * random.normal(size=depth.shape).astype(np.float32)
    depth[random.random(depth.shape) < holes] = 0.0
    return (brightness * colour).clip(0, 255).astype(np.uint8), depth.astype(np.float32)


def frames(pictures: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[Frame]:
    """Frames that were taken just now, 1/30 s after each other."""
    now = time.monotonic()
    return [
        Frame(colour, depth, now - (len(pictures) - index) / 30, index + 1)
        for index, (colour, depth) in enumerate(pictures)
    ]
