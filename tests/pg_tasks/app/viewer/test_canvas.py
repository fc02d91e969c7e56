"""What the canvas asks of Newton's viewers, and the colours that browsers get."""

from __future__ import annotations

import newton
import numpy as np
import pytest
import torch

from pg_tasks.app.viewer.canvas import Canvas
from pg_tasks.app.viewer.shapes import Lines, Points
from pg_tasks.app.viewer.web import srgb_to_linear

LINES = Lines(torch.zeros(2, 3), torch.ones(2, 3), (1.0, 0.5, 0.0))
POINTS = Points(torch.ones(3, 3), torch.full((3, 3), 0.25))


class FakeViewer:
    """Holds what is shown; None hides, as with Newton's viewers."""

    device = "cpu"

    def __init__(self) -> None:
        self.shown: dict[str, list[np.ndarray]] = {}

    def log_lines(self, name: str, starts: object, ends: object, colors: object, width: float = 0.0) -> None:
        self._log(name, starts, ends, colors)

    def log_points(self, name: str, points: object, radii: float | None = None, colors: object = None) -> None:
        self._log(name, points, colors)

    def _log(self, name: str, *arrays: object) -> None:
        if arrays[0] is None:
            self.shown.pop(name, None)
        else:
            self.shown[name] = [array.numpy() for array in arrays]


def test_lines_and_points_arrive_with_their_colours() -> None:
    viewer = FakeViewer()
    Canvas(viewer, 0.01).show("push paths", [LINES, POINTS])
    starts, ends, colours = viewer.shown["/overlays/push_paths/0"]
    assert starts.tolist() == [[0.0] * 3] * 2
    assert ends.tolist() == [[1.0] * 3] * 2
    assert colours.tolist() == [[1.0, 0.5, 0.0]] * 2
    assert viewer.shown["/overlays/push_paths/1"][1].tolist() == [[0.25] * 3] * 3


def test_what_is_shown_no_more_goes_and_other_overlays_stay() -> None:
    viewer = FakeViewer()
    canvas = Canvas(viewer, 0.01)
    canvas.show("push paths", [LINES, LINES])
    canvas.show("grasp", [LINES])
    canvas.show("push paths", [LINES])
    assert set(viewer.shown) == {"/overlays/push_paths/0", "/overlays/grasp/0"}
    canvas.show("push paths", [])
    canvas.show("grasp", [Lines(torch.zeros(0, 3), torch.zeros(0, 3), (0.0, 0.0, 0.0))])
    assert viewer.shown == {}


def test_linear_colours_are_newtons_own() -> None:
    colours = np.linspace(0.0, 1.0, 30).reshape(10, 3)
    expected = [newton.utils.color_srgb_to_linear(colour) for colour in colours]
    assert srgb_to_linear(colours) == pytest.approx(np.array(expected), abs=1e-6)
