"""What is in the way."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.perception.masks import object_mask
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.baselines.obstacles import FINGERS, around_target, finger_room, top_of_heap
from pushgrasp.policies.search import search_place

from .conftest import Draw

CFG = DecoderCfg()
BAR = (0.0, 0.0, 0.05, 0.16, 0.05)
"""Too long to be held by its ends."""


def at(workspace: Workspace, x: float, y: float) -> tuple[int, int, int]:
    row, column = workspace.xy_to_cell(torch.tensor([x, y])).tolist()
    return 0, row, column


def test_fingers_go_to_either_side_of_a_bar(draw: Draw, workspace: Workspace) -> None:
    seen = draw(BAR)
    room = finger_room(seen.height, seen.ids == 1, workspace, CFG)
    assert room[at(workspace, 0.041, 0.0)] and room[at(workspace, -0.041, 0.0)]
    assert not room[at(workspace, 0.0, 0.1)] and not room[at(workspace, 0.0, 0.0)]


def test_neighbours_gain_most_where_fingers_would_go(draw: Draw, workspace: Workspace) -> None:
    seen = draw(BAR, (0.05, 0.0, 0.04, 0.04, 0.05), (0.0, 0.105, 0.04, 0.04, 0.05), (0.2, 0.0, 0.04, 0.04, 0.05))
    found = around_target(seen.height, seen.ids == 1, object_mask(seen.ids, seen.height), workspace, CFG)
    area = workspace.resolution**2
    assert found.level.tolist() == [0.0]
    assert found.gains[at(workspace, 0.041, 0.0)] == pytest.approx((1.0 + FINGERS) * area)
    assert found.gains[at(workspace, 0.0, 0.105)] == pytest.approx(area)
    assert found.gains[at(workspace, 0.0, 0.0)] == pytest.approx(-area)
    assert found.gains[at(workspace, 0.2, 0.0)] == 0.0  # too far to be in the way
    assert torch.equal(found.place, seen.ids == 1)


def test_pushes_go_over_a_target_that_is_covered(draw: Draw, workspace: Workspace) -> None:
    seen = draw(BAR, (0.0, 0.04, 0.10, 0.06, 0.09))
    found = around_target(seen.height, seen.ids == 1, object_mask(seen.ids, seen.height), workspace, CFG)
    # tips 4 mm over the target
    assert found.level.item() + CFG.push.tip_height == pytest.approx(0.054, abs=1e-4)
    assert found.gains[at(workspace, 0.0, 0.04)] > 0.0
    assert found.gains[at(workspace, 0.0, -0.02)] == 0.0  # the target is not met


def test_a_heap_is_taken_off_from_the_top(draw: Draw, workspace: Workspace) -> None:
    seen = draw((-0.2, 0.0, 0.06, 0.06, 0.04), (0.2, 0.1, 0.10, 0.10, 0.05), (0.2, 0.1, 0.06, 0.06, 0.10))
    place = search_place(seen, torch.tensor([4]), workspace)
    found = top_of_heap(seen.height, place, object_mask(seen.ids, seen.height), workspace, CFG)
    assert found.place[at(workspace, 0.2, 0.1)] and not found.place[at(workspace, -0.2, 0.0)]
    assert found.level.item() + CFG.push.tip_height == pytest.approx(0.06, abs=1e-4)
    assert found.gains[at(workspace, 0.2, 0.1)] > 0.0
    assert found.gains[at(workspace, 0.245, 0.1)] == 0.0  # lower than the tips
