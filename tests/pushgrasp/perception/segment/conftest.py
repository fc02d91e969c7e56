"""A painted table: flat tops in a picture of 200 x 200 pixels from 1 m above; 4 mm per pixel on the table."""

import numpy as np
import pytest

from pushgrasp.perception.segment.cfg import SegmentationCfg
from pushgrasp.perception.segment.segments import Segments, take_apart
from pushgrasp.perception.workspace import Workspace

CAMERA = (
    np.array([[250.0, 0.0, 100.0], [0.0, 250.0, 100.0], [0.0, 0.0, 1.0]]),
    np.diag([1.0, -1.0, -1.0]),
    np.array([0.0, 0.0, 1.0]),
)


class Table:
    def __init__(self) -> None:
        self.colour = np.full((200, 200, 3), 128, dtype=np.uint8)
        self.depth = np.ones((200, 200), dtype=np.float32)

    def put(self, rows: slice, columns: slice, height: float, colour: tuple[int, int, int]) -> "Table":
        self.colour[rows, columns], self.depth[rows, columns] = colour, 1.0 - height
        return self

    camera = CAMERA

    def segments(self, cfg: SegmentationCfg | None = None, half: float = 0.3) -> Segments:
        return take_apart(self.colour, self.depth, *CAMERA, Workspace(-half, half, -half, half), cfg)


@pytest.fixture
def table() -> type[Table]:
    return Table
