"""Grasps that may be chosen: cells of the target, and what the grasp decoder says there."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import interpolate, max_pool2d

from pushgrasp.decoding.decoder import DecoderCfg, decode
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.action import split_action
from pushgrasp.policies.pg4da.spatial.choices import write_choices
from pushgrasp.policies.pg4da.spatial.grasps import CORNERS, GRASP_CHANNELS, grasp_choices

from .scenes import TARGET, blocks

FEASIBLE, WIDTH, DEPTH, FACING, _, OFFSET, HOLD, TIGHT = range(len(GRASP_CHANNELS))
WORKSPACE = Workspace()


def written(places: torch.Tensor, target: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
    grasp = torch.ones(len(places), dtype=torch.bool)
    return write_choices(places[:, None] // CORNERS, grasp, target, scores, places % CORNERS)


def test_cells_lie_on_the_target_the_middle_one_first() -> None:
    places, *_ = grasp_choices(blocks((104, 104)), TARGET, WORKSPACE, DecoderCfg())
    cells = places // CORNERS
    # The block covers exactly cells 26 to 28 of the map in both directions.
    assert int(cells[0, 0]) == 27 * 56 + 27
    assert set(cells[0].tolist()) == {row * 56 + column for row in (26, 27, 28) for column in (26, 27, 28)}


def test_a_lone_block_fits_and_a_hidden_one_does_not() -> None:
    scene = blocks((104, 104), worlds=2)
    cells, grasps, *_ = grasp_choices(scene, torch.tensor([1, 2]), WORKSPACE, DecoderCfg())
    assert grasps.shape == (2, 9, 360, 8) and not grasps[1].any() and bool((cells[1] == -1).all())
    feasible = grasps[0, ..., FEASIBLE] > 0.5
    assert feasible.any() and bool(((grasps[0] == 0.0).all(dim=-1) == ~feasible).all())
    fitting = grasps[0][feasible]
    # Openings in units of 2 cm: in the middle at least 5.4 cm of block and 2 cm of margin, less a cell of rounding.
    roomy = feasible[0] & (grasps[0, 0, :, TIGHT] < 0.5)
    assert bool((grasps[0, 0, roomy, WIDTH] >= 3.2).all()) and bool((fitting[:, WIDTH] <= 7.0).all())
    # Depths in units of 1 cm, between the least and the greatest one of the decoder; cosines in units of a quarter.
    assert bool((fitting[:, DEPTH] >= 0.6 - 1e-4).all()) and bool((fitting[:, DEPTH] <= 2.5 + 1e-4).all())
    assert bool((fitting[:, FACING] <= 4.0 + 1e-4).all())
    # Corner cells are one cell, 1.8 cm, away in both directions.
    assert float(fitting[:, OFFSET].max()) == pytest.approx(2**0.5 * 100 / 56 / 2, rel=0.01)


def test_small_target_has_fewer_cells() -> None:
    cells, grasps, *_ = grasp_choices(blocks((105, 105), size=4), TARGET, WORKSPACE, DecoderCfg())
    # Cells 105 to 108 hold the middles (105, 106) of cell 26, none of cell 27.
    assert cells[0].tolist() == [CORNERS * (26 * 56 + 26)] + [-1] * 8
    assert not grasps[0, 1:].any()


@pytest.mark.parametrize("neighbour", [(104, 117), (92, 110), (117, 104)])
def test_the_decoder_does_what_fits_and_nothing_else(neighbour: tuple[int, int]) -> None:
    scene = blocks((104, 104), neighbour)
    cells, grasps, *_ = grasp_choices(scene, TARGET, WORKSPACE, DecoderCfg())
    on_target = torch.zeros(1, 3136, dtype=torch.bool)
    on_target[0, cells[0] // CORNERS] = True
    told = grasps[0, ..., FEASIBLE] > 0.5
    assert 0 < int(told.sum()) < told.numel() * 0.8
    for point, index in [(0, 0), *told.nonzero()[::37].tolist(), *(~told).nonzero()[::131].tolist()]:
        scores = torch.nn.functional.one_hot(torch.tensor([index]), 360).float()
        action = written(cells[:, point], on_target, scores)
        decision = decode(*split_action(action), scene, TARGET, WORKSPACE, 2)
        done = bool(decision.grasps.valid) and int(decision.grasps.class_index) == index
        assert bool(decision.is_grasp) and done == bool(told[point, index])


def test_grasps_at_slanting_edges_are_read_as_grasps_there() -> None:
    # The edge of a triangle cuts through the four middle pixels of its outer cells; a block lies along it.
    row, column = torch.meshgrid(torch.arange(224), torch.arange(224), indexing="ij")
    inside = (row >= 104) & (row < 124) & (column >= 104) & (column < 124)
    for above in (column - 104 > row - 104, column - 104 < row - 103, (column - 104) + (row - 104) < 20):
        ids = torch.where(inside & above, 1, torch.where(inside, 2, 0))[None]
        height = torch.where(ids > 0, 0.05, 0.0)
        scene = Heightmaps(torch.zeros(1, 3, 224, 224), height, ids)
        places, *_ = grasp_choices(scene, TARGET, WORKSPACE, DecoderCfg())
        places = places[0][places[0] >= 0]
        target = max_pool2d((ids == 1).float()[:, None], 4)[:, 0].flatten(1) > 0.0
        action = written(places, target.expand(len(places), -1), torch.zeros(len(places), 360))
        f_map = interpolate(action[:, None, :3136].unflatten(2, (56, 56)), size=(224, 224), mode="bilinear")
        highest = f_map.flatten(1).argmax(dim=1)
        cell = highest // 224 // 4 * 56 + highest % 224 // 4
        assert len(places) >= 5 and torch.equal(cell, places // CORNERS)
        assert bool((ids.flatten()[highest] == 1).all())
