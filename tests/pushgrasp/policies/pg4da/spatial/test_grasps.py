"""Grasps that may be chosen: cells of the target, and what the grasp decoder says there."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.decoding.grasp import GraspDecoderCfg, decode_grasps
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.spatial.grasps import CORNERS, GRASP_CHANNELS, grasp_choices

from .scenes import TARGET, blocks

FEASIBLE, WIDTH, DEPTH, FACING, _, OFFSET, HOLD, TIGHT = range(len(GRASP_CHANNELS))
WORKSPACE = Workspace()


def test_cells_lie_on_the_target_the_middle_one_first() -> None:
    cells = grasp_choices(blocks((104, 104)), TARGET, WORKSPACE, DecoderCfg()).places // CORNERS
    # The block covers exactly cells 26 to 28 of the map in both directions.
    assert int(cells[0, 0]) == 27 * 56 + 27
    assert set(cells[0].tolist()) == {row * 56 + column for row in (26, 27, 28) for column in (26, 27, 28)}


def test_a_lone_block_fits_and_a_hidden_one_does_not() -> None:
    scene = blocks((104, 104), worlds=2)
    found = grasp_choices(scene, torch.tensor([1, 2]), WORKSPACE, DecoderCfg())
    cells, grasps = found.places, found.evidence
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
    found = grasp_choices(blocks((105, 105), size=4), TARGET, WORKSPACE, DecoderCfg())
    cells, grasps = found.places, found.evidence
    # Cells 105 to 108 hold the middles (105, 106) of cell 26, none of cell 27.
    assert cells[0].tolist() == [CORNERS * (26 * 56 + 26)] + [-1] * 8
    assert not grasps[0, 1:].any()


@pytest.mark.parametrize("neighbour", [(104, 117), (92, 110), (117, 104)])
def test_choices_are_what_the_decoder_makes_of_their_pixel_and_class(neighbour: tuple[int, int]) -> None:
    scene = blocks((104, 104), neighbour)
    found, target = grasp_choices(scene, TARGET, WORKSPACE, DecoderCfg()), scene.ids == 1
    told = found.evidence[0, ..., FEASIBLE] > 0.5
    assert 0 < int(told.sum()) < told.numel() * 0.8
    for point, index in [(0, 0), *told.nonzero()[::37].tolist(), *(~told).nonzero()[::131].tolist()]:
        scores = torch.nn.functional.one_hot(torch.tensor([index]), 360).float()
        score_map = torch.full((1, 224, 224), -torch.inf)
        score_map[0, *pixel(int(found.places[0, point]))] = 1.0
        decoded = decode_grasps(score_map, scores, scene.height, target, WORKSPACE, GraspDecoderCfg())
        number = torch.tensor([point * 360 + index])
        position, rotation, width, fits = found.pose(torch.tensor([0]), number)
        done = bool(decoded.valid) and int(decoded.class_index) == index
        assert bool(fits) == done == bool(told[point, index])
        if done:
            torch.testing.assert_close(position, decoded.position, atol=1e-6, rtol=0.0)
            torch.testing.assert_close(rotation, decoded.rotation)
            torch.testing.assert_close(width, decoded.width, atol=1e-6, rtol=0.0)


def pixel(place: int) -> tuple[int, int]:
    """Row and column of a place: one of the four pixels in the middle of a cell of 4 x 4."""
    cell, corner = divmod(place, CORNERS)
    return cell // 56 * 4 + 1 + corner // 2, cell % 56 * 4 + 1 + corner % 2


def test_places_at_slanting_edges_lie_on_the_target() -> None:
    # The edge of a triangle cuts through the four middle pixels of its outer cells; a block lies along it.
    row, column = torch.meshgrid(torch.arange(224), torch.arange(224), indexing="ij")
    inside = (row >= 104) & (row < 124) & (column >= 104) & (column < 124)
    for above in (column - 104 > row - 104, column - 104 < row - 103, (column - 104) + (row - 104) < 20):
        ids = torch.where(inside & above, 1, torch.where(inside, 2, 0))[None]
        scene = Heightmaps(torch.zeros(1, 3, 224, 224), torch.where(ids > 0, 0.05, 0.0), ids)
        found = grasp_choices(scene, TARGET, WORKSPACE, DecoderCfg())
        places = found.places[0][found.places[0] >= 0].tolist()
        assert len(places) >= 5 and all(int(ids[0, *pixel(place)]) == 1 for place in places)
        torch.testing.assert_close(found.anchor[0, 0, :2], WORKSPACE.cell_to_xy(torch.tensor([pixel(places[0])]))[0])
