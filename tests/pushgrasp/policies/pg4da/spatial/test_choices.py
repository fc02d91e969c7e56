"""Choices by number: each is carried out as it was listed."""

from __future__ import annotations

import torch

from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.interface.action import Kind
from pushgrasp.interface.world import Observation
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.spatial.choices import Choices, list_choices
from pushgrasp.policies.pg4da.spatial.memory import Memory
from pushgrasp.policies.pg4da.spatial.nets import NUM_GRASPS
from pushgrasp.policies.pg4da.spatial.strokes import stroke_pushes

from ...tables import Tables
from .scenes import blocks

CFG = DecoderCfg()


def two_worlds(memory: Memory | None = None) -> Choices:
    """A lone block, and one with a block on each side of it."""
    scene = blocks((106, 106), (106, 122), (90, 100), (122, 110), (106, 88), worlds=2)
    scene.ids[0][scene.ids[0] > 1], scene.height[0] = 0, (scene.ids[0] == 1) * 0.05
    return list_choices(Observation(scene, torch.ones(2).long(), Workspace()), 2, CFG, memory)


def usable(choices: Choices, world: int) -> torch.Tensor:
    """Numbers of the strokes that can be carried out."""
    return NUM_GRASPS + (choices.strokes.evidence[world, :, 0] > 0.5).nonzero()[:, 0]


def test_a_number_below_the_grasps_is_one_and_the_others_are_strokes() -> None:
    choices = two_worlds()
    grasp, stroke = int((choices.grasps.evidence[0, ..., 0] > 0.5).flatten().nonzero()[3]), usable(choices, 1)[4]
    action = choices.action(torch.tensor([grasp, int(stroke)]), Tables(), CFG)
    assert action.does(Kind.GRASP).tolist() == [True, False] and action.planned.all()
    position, rotation, width, _ = choices.grasps.pose(torch.tensor([0]), torch.tensor([grasp]))
    arm = int(position[0, 0] >= 0.0)
    assert action.kind[0].tolist() == [Kind.GRASP * (arm == side) for side in (0, 1)]
    assert torch.equal(action.position[0, arm], position[0]) and torch.equal(action.rotation[0, arm], rotation[0])
    assert float(action.width[0, arm]) == float(width)
    scene = choices.seen.of(1)
    cells = choices.strokes.cells[1, stroke - NUM_GRASPS][None]
    pushes = stroke_pushes(cells, scene.heightmaps, scene.target_id, scene.workspace, 2, CFG)
    assert torch.equal(action.path[1], pushes.paths[0]) and torch.equal(action.valid[1], pushes.active[0])


def test_many_choices_of_one_world_come_out_as_one_by_one() -> None:
    choices = two_worlds()
    numbers = torch.cat((torch.tensor([3, 400, 801]), usable(choices, 1)[::5]))
    together = choices.action(numbers, Tables(), CFG, torch.ones_like(numbers))
    for row, number in enumerate(numbers):
        alone = choices.action(number[None], Tables(), CFG, torch.tensor([1]))
        assert torch.equal(together.kind[row], alone.kind[0]) and torch.equal(together.valid[row], alone.valid[0])
        torch.testing.assert_close(together.path[row], alone.path[0], atol=1e-6, rtol=0.0)
        torch.testing.assert_close(together.position[row], alone.position[0], atol=1e-6, rtol=0.0)


def test_what_does_not_fit_has_no_motion() -> None:
    choices = two_worlds()
    number = int((choices.grasps.evidence[1, ..., 0] < 0.5).flatten().nonzero()[0])
    action = choices.action(torch.tensor([number, number]), Tables(), CFG)
    assert action.does(Kind.GRASP).all() and not action.planned[1]


def test_what_was_tried_in_vain_is_not_offered_in_its_world() -> None:
    memory, before = Memory.empty(2), two_worlds()
    stroke = int(usable(before, 0)[0]) - NUM_GRASPS
    memory.strokes.numbers[0, stroke] = True
    after = two_worlds(memory)
    assert not after.strokes.evidence[0, stroke].any() and after.strokes.evidence[1].any()
    assert torch.equal(after.strokes.evidence[1], before.strokes.evidence[1])


def test_groups_have_the_shapes_that_networks_read() -> None:
    shapes = {name: tuple(values.shape[1:]) for name, values in two_worlds().groups().items()}
    assert shapes == {
        "maps": (7, 56, 56), "grasps": (9, 360, 8), "looked": (256,), "profiles": (256, 2, 33, 3),
        "strokes": (42, 15), "swaths": (42, 2, 14, 10), "cells": (177,),
    }  # fmt: skip
