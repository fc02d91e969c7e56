"""Strokes that may be chosen: the push decoder draws them as they are described."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.decoding.push import Pushes
from pushgrasp.interface.action import push_action
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.pg4da.spatial.maps import cell_middles
from pushgrasp.policies.pg4da.spatial.stroke_keys import ALONE
from pushgrasp.policies.pg4da.spatial.strokes import NUM_STROKES, STROKE_CHANNELS, stroke_choices, stroke_pushes
from pushgrasp.policies.search import Swept

from .scenes import TARGET, blocks

WORKSPACE = Workspace()
AROUND = [(106, 106), (106, 122), (90, 100), (122, 110), (106, 88)]
"""A target with a block on each side."""


def drawn(scene: Heightmaps, cells: torch.Tensor, num_arms: int) -> Pushes:
    """The paths of a stroke with key points in cells (4,)."""
    return stroke_pushes(cells[None], scene, TARGET, WORKSPACE, num_arms, DecoderCfg())


def described(strokes: torch.Tensor, name: str) -> torch.Tensor:
    return strokes[0, :, STROKE_CHANNELS.index(name)]


@pytest.mark.parametrize("num_arms", [1, 2])
def test_every_stroke_is_drawn_along_its_key_points(num_arms: int) -> None:
    scene = blocks(*AROUND)
    found = stroke_choices(scene, TARGET, WORKSPACE, num_arms, DecoderCfg())
    cells, strokes = found.cells, found.evidence
    usable = described(strokes, "usable").nonzero()[:, 0].tolist()
    assert len([stroke for stroke in usable if stroke < ALONE]) > 25
    assert (max(usable) >= ALONE) == (num_arms == 2)
    for stroke in usable:
        pushes = drawn(scene, cells[0, stroke], num_arms)
        assert pushes.valid.all()
        assert bool(pushes.active.all()) == (stroke >= ALONE or num_arms == 1)
        points = cell_middles(cells[0, stroke], WORKSPACE)
        if stroke < ALONE:
            end, begin = points[:2]
            path = pushes.paths[0, int(pushes.active[0].long().argmax()), :, :2]
            unit = (end - begin) / (end - begin).norm()
            aside = (path - begin) @ torch.stack((-unit[1], unit[0]))
            assert float(aside.abs().max()) < 0.02  # about a cell of the map
            assert float((path[-1] - path[0]) @ unit) > 0.09


def test_strokes_go_where_a_hidden_target_was_not_searched_yet() -> None:
    scene = blocks((60, 60), (160, 160), size=28)
    scene.height[scene.ids == 1], scene.height[scene.ids == 2] = 0.10, 0.09
    # their middles are at (-0.17, 0.17) and (0.28, -0.28)
    swept, way = Swept.none(1), torch.tensor([-0.17, 0.17, 0.02]).expand(1, 1, 4, 3)
    places = []
    for _ in range(2):
        found = stroke_choices(scene, torch.tensor([9]), WORKSPACE, 1, DecoderCfg(), swept)
        ends = cell_middles(found.cells[0, described(found.evidence, "usable") > 0.5, :2], WORKSPACE)
        places.append(ends.mean(dim=(0, 1)))
        swept.add(push_action(way, way[..., 0], torch.tensor([[True]])), torch.tensor([True]))
    assert bool((places[0] * torch.tensor([-1.0, 1.0]) > 0.1).all())
    assert bool((places[1] * torch.tensor([1.0, -1.0]) > 0.1).all())


@pytest.mark.parametrize("num_arms", [1, 2])
def test_strokes_end_far_behind_a_target_that_lies_under_something_and_leave_room_ahead(num_arms: int) -> None:
    covered, free = blocks((100, 100), (100, 108)), blocks((100, 100))
    dense = blocks((100, 100), (100, 108), *((100, column) for column in (130, 150, 170, 190, 210)))
    covered.height[covered.ids == 2] = dense.height[dense.ids == 2] = 0.09
    ends = []
    for heightmaps in (free, covered, dense):
        found = stroke_choices(heightmaps, TARGET, WORKSPACE, num_arms, DecoderCfg())
        there = (described(found.evidence, "through") > 0.5) & (described(found.evidence, "x") > 0.99)
        assert described(found.evidence, "usable")[there].all()
        pushes = drawn(heightmaps, found.cells[0, there.nonzero()[0, 0]], num_arms)
        assert int(pushes.active.sum()) == 1
        ends.append(float(pushes.paths[0, int(pushes.active[0].long().argmax()), -1, 0]))
    # The target ends at 0, at -1.8 cm where it is covered; half a cell of the map is 0.9 cm.
    assert abs(ends[0] - 0.05) < 0.01 and abs(ends[1] - (0.12 - 4 / 224)) < 0.01
    standing = 80 / 224  # seven blocks, of two of which 8 and 12 cells are seen
    assert 0.06 <= 0.5 - ends[2] - standing < 0.06 + 0.03


def test_two_arms_push_side_by_side() -> None:
    scene = blocks(*AROUND)
    found = stroke_choices(scene, TARGET, WORKSPACE, 2, DecoderCfg())
    cells, strokes = found.cells, found.evidence
    pairs = [stroke for stroke in range(ALONE, NUM_STROKES) if described(strokes, "usable")[stroke] > 0.5]
    assert pairs
    for stroke in pairs:
        end_a, end_b, begin_a, begin_b = cell_middles(cells[0, stroke], WORKSPACE)
        middle = float(WORKSPACE.cell_to_xy(torch.tensor([[111.5, 111.5]]))[0, 0])
        assert (float(end_a[0]) - middle) * (float(end_b[0]) - middle) < 0.0
        turned = torch.nn.functional.cosine_similarity(end_a - begin_a, end_b - begin_b, dim=0)
        assert float(turned) > 0.8


def test_swept_areas_are_those_under_the_stroke() -> None:
    # The neighbour of 12 x 12 cells lies on the right, along y its strip is wholly under a stroke that passes there.
    scene = blocks((106, 106), (106, 122))
    strokes = stroke_choices(scene, TARGET, WORKSPACE, 1, DecoderCfg()).evidence
    near, target = described(strokes, "near"), described(strokes, "target")
    block = (12 / 224) ** 2 / 0.002
    assert float(near.max()) <= block * 1.001 and float(target.max()) <= block * 1.001
    assert float(near.max()) > 0.6 * block
    assert torch.equal(described(strokes, "above"), torch.zeros(NUM_STROKES))
    through = (described(strokes, "through") > 0.5) & (described(strokes, "usable") > 0.5)
    beside = (described(strokes, "through") < 0.5) & (described(strokes, "usable") > 0.5)
    assert float(target[through].mean()) > 2 * float(target[beside].mean())


def test_higher_neighbours_are_above() -> None:
    scene = blocks((106, 106), (106, 122))
    scene.height[scene.ids == 2] = 0.08
    strokes = stroke_choices(scene, TARGET, WORKSPACE, 1, DecoderCfg()).evidence
    assert torch.equal(described(strokes, "above"), described(strokes, "near")) and described(strokes, "near").any()


def test_hidden_target_leaves_strokes_over_the_heap() -> None:
    scene = blocks(*AROUND)
    scene.ids[scene.ids == 1] = 2
    found = stroke_choices(scene, TARGET, WORKSPACE, 2, DecoderCfg())
    cells, strokes = found.cells, found.evidence
    usable = described(strokes, "usable").nonzero()[:, 0].tolist()
    assert usable and max(usable) < ALONE
    assert all(drawn(scene, cells[0, stroke], 2).valid.all() for stroke in usable)
    assert {round(float(x)) for x in described(strokes, "x")[usable]} == {-1, 0, 1}


def test_bare_table_has_none() -> None:
    scene = blocks()
    strokes = stroke_choices(scene, TARGET, WORKSPACE, 2, DecoderCfg()).evidence
    assert not strokes.any()


def test_unusable_strokes_tell_nothing() -> None:
    scene = blocks((106, 2), (106, 18))  # at the edge of the workspace
    strokes = stroke_choices(scene, TARGET, WORKSPACE, 2, DecoderCfg()).evidence
    assert not strokes[0, described(strokes, "usable") < 0.5].any()


def test_strokes_that_would_shove_objects_off_the_table_are_left_out() -> None:
    # From the target to the far edge, 46 cm, and to the sides of that way, blocks leave hardly any gap.
    wall = [(row, column) for row in range(2, 92, 15) for column in (90, 104, 118)]
    free = stroke_choices(blocks((106, 106)), TARGET, WORKSPACE, 1, DecoderCfg()).evidence
    strokes = stroke_choices(blocks((106, 106), *wall, size=13), TARGET, WORKSPACE, 1, DecoderCfg()).evidence
    away = described(strokes, "y") > 0.9
    assert described(free, "usable")[described(free, "y") > 0.9].tolist() == [1.0]  # beside it there is nothing
    assert not described(strokes, "usable")[away].any() and int(described(strokes, "usable").sum()) > 5


def test_what_fingers_sweep_on_their_way_from_free_table_is_shoved_too() -> None:
    # From free table behind the blocks it is 71 cm to the far edge: seven rows of 5.8 cm and the path fill them.
    ahead, behind = (
        [(row, column) for row in rows for column in (90, 104, 118)] for rows in ((2, 17, 32, 47), (121, 136))
    )
    few = stroke_choices(blocks((106, 106), *ahead, size=13), TARGET, WORKSPACE, 1, DecoderCfg()).evidence
    many = stroke_choices(blocks((106, 106), *ahead, *behind, size=13), TARGET, WORKSPACE, 1, DecoderCfg()).evidence
    assert described(few, "usable")[described(few, "y") > 0.9].any()
    assert not described(many, "usable")[described(many, "y") > 0.9].any() and described(many, "usable").sum() > 5
