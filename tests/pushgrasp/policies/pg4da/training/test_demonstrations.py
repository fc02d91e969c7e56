"""What a teacher does is found again among the choices: a choice that is carried out comes back as itself."""

from __future__ import annotations

import math

import pytest
import torch

from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.grasping.angle_view import class_rotations
from pushgrasp.interface.action import Action
from pushgrasp.interface.world import Observation
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.spatial.choices import Choices, list_choices
from pushgrasp.policies.pg4da.spatial.grasps import GRASP_CHANNELS
from pushgrasp.policies.pg4da.spatial.maps import cell_middles
from pushgrasp.policies.pg4da.spatial.nets import NUM_GRASPS
from pushgrasp.policies.pg4da.training.demonstrations import nearest_choices

from ...tables import Tables
from ..spatial.scenes import TARGET, blocks

WORKSPACE = Workspace()
SCENE = blocks((106, 106), (106, 122), (90, 100), (122, 110), (106, 88))
ALONE = blocks((104, 104))


def listed(scene: Heightmaps) -> Choices:
    return list_choices(Observation(scene, TARGET, WORKSPACE), 2, DecoderCfg())


def done(choices: Choices, number: int) -> Action:
    return choices.action(torch.tensor([number]), Tables(), DecoderCfg())


def test_strokes_come_back() -> None:
    choices = listed(SCENE)
    cells = choices.strokes.cells[0]
    usable = (choices.strokes.evidence[0, :, 0] > 0.5).nonzero()[:, 0].tolist()
    for stroke in usable:
        found = int(nearest_choices(done(choices, NUM_GRASPS + stroke), choices)) - NUM_GRASPS
        begin_to_end = [cell_middles(cells[k, [1, 0]], WORKSPACE) for k in (stroke, found)]
        assert found in usable and (found >= 36) == (stroke >= 36)
        one, other = (torch.nn.functional.normalize(ends[1] - ends[0], dim=0) for ends in begin_to_end)
        assert stroke >= 36 or float(one @ other) > 0.9


def test_grasps_come_back_as_one_that_is_near_and_holds_hardly_worse() -> None:
    choices = listed(ALONE)
    grasps = choices.grasps.evidence
    feasible, hold = (grasps[0, ..., GRASP_CHANNELS.index(name)] for name in ("feasible", "hold"))
    approach = class_rotations()[:, :, 2].float()
    for index in feasible[0].nonzero()[::9, 0].tolist():
        found = int(nearest_choices(done(choices, index), choices))
        point, chosen = divmod(found, 360)
        assert feasible[point, chosen] > 0.5 and float(hold[point, chosen]) >= float(hold[0, index]) - 1.0
        assert math.degrees(math.acos(min(1.0, float(approach[chosen] @ approach[index])))) <= 25.0


@pytest.mark.parametrize("away", [0.05, 0.5])
def test_what_no_choice_comes_near_is_left_out(away: float) -> None:
    choices = listed(ALONE)
    action = done(choices, int((choices.grasps.evidence[0, 0, :, 0] > 0.5).nonzero()[0]))
    action.position[..., 0] += away
    assert int(nearest_choices(action, choices)) == -1
    assert int(nearest_choices(Action.none(1, 2, 32), choices)) == -1
