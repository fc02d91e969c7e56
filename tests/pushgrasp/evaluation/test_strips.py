"""Strips of pictures: what is drawn where."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from pushgrasp.evaluation.records import ActionRecord
from pushgrasp.evaluation.strips import CAPTION, MARGIN, SIDE, caption, draw_action, frame, strip_png
from pushgrasp.interface.action import Action, Kind, grasp_action, push_action
from pushgrasp.perception.workspace import Workspace

WORKSPACE = Workspace(-0.5, 0.5, -0.5, 0.5, cells=224)


def action(is_grasp: bool) -> Action:
    """A grasp at (0.1, 0.2) that closes along x, and a push of the left arm from (-0.2, 0) to (0, 0)."""
    yes, path = torch.ones(1, dtype=torch.bool), torch.zeros(1, 2, 9, 3)
    path[0, 0, :, 0] = torch.linspace(-0.2, 0.0, 9)
    rotation = torch.diag(torch.tensor([1.0, -1.0, -1.0]))[None]
    position = torch.tensor([[0.1, 0.2, 0.05]])
    if is_grasp:
        return grasp_action(position, rotation, torch.tensor([0.08]), torch.zeros(1).long(), yes, 2, 9)
    return push_action(path, torch.zeros(1, 2, 9), torch.tensor([[True, False]]))


def where(picture: Image.Image, colour: tuple[int, int, int]) -> tuple[float, float]:
    """Middle of the pixels of a colour, in world coordinates [m]."""
    pixels = np.asarray(picture).astype(int)
    row, column = np.argwhere(np.abs(pixels - colour).max(axis=-1) < 30).mean(axis=0)
    span = 1.0 - 2.0 * MARGIN
    return (column + 0.5) / SIDE * span - span / 2, span / 2 - (row + 0.5) / SIDE * span


def test_grasp_is_drawn_where_it_is() -> None:
    shown = frame(torch.full((3, 224, 224), 0.5), "")
    draw_action(shown, action(True), WORKSPACE, 0)
    assert where(shown.picture, (255, 43, 214)) == pytest.approx((0.1, 0.2), abs=0.005)


def test_a_move_is_drawn_from_pick_to_place() -> None:
    done, shown = action(True), frame(torch.full((3, 224, 224), 0.5), "")
    done.kind[0, 0], done.place_position[0, 0] = Kind.MOVE, torch.tensor([0.1, -0.1, 0.05])
    draw_action(shown, done, WORKSPACE, 0)
    assert where(shown.picture, (255, 43, 214)) == pytest.approx((0.1, 0.05), abs=0.01)  # jaws at both ends
    assert where(shown.picture, (31, 119, 255)) == pytest.approx((0.1, 0.05), abs=0.01)


def test_push_is_drawn_along_its_path() -> None:
    shown = frame(torch.full((3, 224, 224), 0.5), "")
    draw_action(shown, action(False), WORKSPACE, 0)
    x, y = where(shown.picture, (31, 119, 255))
    assert -0.2 < x < 0.0
    assert y == pytest.approx(0.0, abs=0.005)


def test_picture_keeps_its_place() -> None:
    colour = torch.zeros(3, 224, 224)
    colour[0, 112 - 45 - 2 : 112 - 45 + 3, 112 + 22 - 2 : 112 + 22 + 3] = 1.0  # red at (0.1, 0.2)
    assert where(frame(colour, "").picture, (255, 0, 0)) == pytest.approx((0.1, 0.2), abs=0.006)


def test_strip_has_a_frame_per_action() -> None:
    png = strip_png([frame(torch.zeros(3, 224, 224), "1 push")] * 3)
    assert Image.open(io.BytesIO(png)).size == (3 * SIDE + 2 * 4, SIDE + CAPTION)
    with pytest.raises(ValueError, match="at least one frame"):
        strip_png([])


def test_captions() -> None:
    assert caption(1, ActionRecord(("push",), True)) == "1 push: succeeded"
    assert caption(2, ActionRecord(("push",), False)) == "2 push: no gain"
    assert caption(2, ActionRecord(("push", "push"), True)) == "2 push: succeeded"
    assert caption(2, ActionRecord(("push", "grasp"), True)) == "2 push and grasp: succeeded"
    assert caption(3, ActionRecord(("none", "grasp"), False, wrong_lifted=True)) == "3 grasp: wrong object lifted"
