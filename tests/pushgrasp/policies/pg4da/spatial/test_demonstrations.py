"""What a teacher does is found again among the choices: a choice that is carried out comes back as itself."""

from __future__ import annotations

import math

import pytest
import torch

from pushgrasp.decoding.decoder import Decision, DecoderCfg, decode
from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.action import split_action
from pushgrasp.policies.pg4da.spatial.choices import write_choices
from pushgrasp.policies.pg4da.spatial.demonstrations import nearest_choices
from pushgrasp.policies.pg4da.spatial.grasps import CORNERS, GRASP_CHANNELS, grasp_choices
from pushgrasp.policies.pg4da.spatial.maps import cell_middles
from pushgrasp.policies.pg4da.spatial.nets import NUM_GRASPS, places
from pushgrasp.policies.pg4da.spatial.strokes import stroke_choices

from .scenes import TARGET, blocks

WORKSPACE = Workspace()
SCENE = blocks((106, 106), (106, 122), (90, 100), (122, 110), (106, 88))
ALONE = blocks((104, 104))


def seen(scene: Heightmaps) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    grasp_cells, grasps, *_ = grasp_choices(scene, TARGET, WORKSPACE, DecoderCfg())
    stroke_cells, strokes, _ = stroke_choices(scene, TARGET, WORKSPACE, 2, DecoderCfg())
    return grasps, strokes, places(grasp_cells, stroke_cells)


def done(scene: Heightmaps, cells: torch.Tensor, is_grasp: bool, index: int = 0) -> Decision:
    target = torch.zeros(1, 56, 56, dtype=torch.bool)
    target[:, 26:30, 26:30] = True
    scores = torch.nn.functional.one_hot(torch.tensor([index]), 360).float()
    action = write_choices(cells[None].long(), torch.tensor([is_grasp]), target.flatten(1), scores)
    return decode(*split_action(action), scene, TARGET, WORKSPACE, 2)


def test_strokes_come_back() -> None:
    grasps, strokes, cells = seen(SCENE)
    of_strokes = cells[0, 9:].view(42, 4)
    usable = (strokes[0, :, 0] > 0.5).nonzero()[:, 0].tolist()
    for stroke in usable:
        decision = done(SCENE, of_strokes[stroke], False)
        found = int(nearest_choices(decision, grasps, strokes, cells, WORKSPACE)) - NUM_GRASPS
        begin_to_end = [cell_middles(of_strokes[k, [1, 0]], WORKSPACE) for k in (stroke, found)]
        assert found in usable and (found >= 36) == (stroke >= 36)
        one, other = (torch.nn.functional.normalize(ends[1] - ends[0], dim=0) for ends in begin_to_end)
        assert stroke >= 36 or float(one @ other) > 0.9


def test_grasps_come_back_as_one_that_is_near_and_holds_hardly_worse() -> None:
    grasps, strokes, cells = seen(ALONE)
    feasible, hold = (grasps[0, ..., GRASP_CHANNELS.index(name)] for name in ("feasible", "hold"))
    approach = class_rotations()[:, :, 2].float()
    for index in feasible[0].nonzero()[::9, 0].tolist():
        decision = done(ALONE, cells[0, :1] // CORNERS, True, index)
        found = int(nearest_choices(decision, grasps, strokes, cells, WORKSPACE))
        point, chosen = divmod(found, 360)
        assert feasible[point, chosen] > 0.5 and float(hold[point, chosen]) >= float(hold[0, index]) - 1.0
        assert math.degrees(math.acos(min(1.0, float(approach[chosen] @ approach[index])))) <= 25.0


@pytest.mark.parametrize("away", [0.05, 0.5])
def test_what_no_choice_comes_near_is_left_out(away: float) -> None:
    grasps, strokes, cells = seen(ALONE)
    decision = done(ALONE, cells[0, :1] // CORNERS, True, int((grasps[0, 0, :, 0] > 0.5).nonzero()[0]))
    decision.grasps.position[:, 0] += away
    assert int(nearest_choices(decision, grasps, strokes, cells, WORKSPACE)) == -1
    decision.is_grasp[:] = False
    decision.pushes.valid[:] = False
    assert int(nearest_choices(decision, grasps, strokes, cells, WORKSPACE)) == -1
