"""Where a target out of view is looked for, on drawn heightmaps, by hand."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.interface.action import Action, Kind, push_action
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.search import NEAR, Swept, hiding_volume, search_cell, search_place

WORKSPACE = Workspace()
TARGET = torch.tensor([9])
Box = tuple[float, float, float, float, float]
"""Middle x, y, lengths along x and y, height of the top [m]."""

LOW_HEAP: Box = (-0.2, 0.0, 0.14, 0.14, 0.08)
TOWER: Box = (0.2, 0.0, 0.05, 0.05, 0.15)
HIGH_HEAP: Box = (0.2, 0.1, 0.16, 0.16, 0.12)


def drawn(*boxes: Box) -> Heightmaps:
    """One world with boxes of ids 1, 2, ...; the higher one is seen where they overlap."""
    x, y = WORKSPACE.cell_centres().unbind(dim=2)
    height, ids = torch.zeros(1, *x.shape), torch.zeros(1, *x.shape, dtype=torch.long)
    for number, (cx, cy, width, depth, top) in enumerate(boxes, 1):
        inside = ((x - cx).abs() < width / 2) & ((y - cy).abs() < depth / 2) & (height[0] < top)
        height[0, inside], ids[0, inside] = top, number
    return Heightmaps(torch.zeros(1, 3, *x.shape), height, ids)


def looked_at(seen: Heightmaps, swept: Swept | None = None) -> tuple[float, float]:
    """Where the target is looked for, x and y [m]."""
    cell = search_cell(seen, TARGET, WORKSPACE, swept)
    assert cell.sum() == 1
    x, y = WORKSPACE.cell_centres()[cell[0]][0].tolist()
    return x, y


def swept_along(*ways: tuple[tuple[float, float], tuple[float, float]], arms: int = 1) -> Swept:
    """Pushes along straight ways from here to there [m], one after the other, each done by every arm."""
    swept = Swept.none(1)
    for start, end in ways:
        share = torch.linspace(0.0, 1.0, 32)[:, None]
        line = torch.tensor(start) * (1.0 - share) + torch.tensor(end) * share
        path = torch.cat((line, torch.full((32, 1), 0.02)), dim=1).expand(1, arms, 32, 3)
        swept.add(push_action(path, torch.zeros(1, arms, 32), torch.ones(1, arms).bool()), torch.tensor([True]))
    return swept


def times(swept: Swept, x: float, y: float) -> float:
    """How often (x, y) was swept."""
    row, column = WORKSPACE.xy_to_cell(torch.tensor([x, y])).tolist()
    return float(swept.times(WORKSPACE, torch.tensor([0]))[0, row, column])


def test_a_low_wide_heap_hides_more_than_a_tall_lone_block() -> None:
    x, y = looked_at(drawn(LOW_HEAP, TOWER))
    assert abs(x + 0.2) < 0.07 and abs(y) < 0.07


@pytest.mark.parametrize("top", [0.05, 0.15])
def test_a_lone_block_hides_nothing(top: float) -> None:
    seen = drawn((0.1, 0.1, 0.05, 0.05, top))
    assert not hiding_volume(seen.height, WORKSPACE).any()
    x, y = looked_at(seen)  # there is nothing else
    assert abs(x - 0.1) < 0.01 and abs(y - 0.1) < 0.01


def test_a_wide_heap_leaves_room_for_a_target_of_its_full_height_under_the_cover() -> None:
    volume = hiding_volume(drawn(LOW_HEAP).height, WORKSPACE)
    row, column = WORKSPACE.xy_to_cell(torch.tensor([-0.2, 0.0])).tolist()
    assert volume[0, row, column] == pytest.approx(
        0.05, abs=1e-6
    )  # 8 cm less a cover of 2 cm, of which a target takes 5 cm
    layer = hiding_volume(drawn((0.0, 0.0, 0.3, 0.3, 0.05)).height, WORKSPACE)
    assert not layer.any()  # 3 cm under the cover are too little


def test_the_heap_with_most_room_is_looked_at_first_and_a_swept_one_gives_way() -> None:
    seen = drawn(LOW_HEAP, HIGH_HEAP)
    through = (0.1, 0.1), (0.3, 0.1)
    assert looked_at(seen)[0] > 0.1
    assert looked_at(seen, swept_along())[0] > 0.1
    assert looked_at(seen, swept_along(through))[0] < -0.1
    # the other one swept as often: the first again
    assert looked_at(seen, swept_along(through, ((-0.3, 0.0), (-0.1, 0.0))))[0] > 0.1


def test_in_a_single_heap_it_is_the_highest_place_of_9_by_9_cells() -> None:
    heap = (0.0, 0.0, 0.2, 0.2, 0.08), (0.05, -0.05, 0.06, 0.06, 0.11), (-0.05, 0.05, 0.01, 0.01, 0.13)
    x, y = looked_at(drawn(*heap))  # a spike is no top
    assert abs(x - 0.05) < 0.02 and abs(y + 0.05) < 0.02


def test_where_nothing_can_hide_it_the_highest_place_that_was_not_swept() -> None:
    seen = drawn((-0.2, 0.0, 0.05, 0.05, 0.04), (0.2, 0.0, 0.05, 0.05, 0.05))
    assert looked_at(seen)[0] > 0.1
    assert looked_at(seen, swept_along(((0.1, 0.0), (0.3, 0.0))))[0] < -0.1


def test_what_was_put_down_hides_nothing() -> None:
    seen = drawn((-0.2, 0.0, 0.05, 0.05, 0.04), (0.2, 0.0, 0.05, 0.05, 0.05))
    move, swept = Action.none(1, 2, 32), Swept.none(1)
    move.kind[0, 1], move.valid[0, 1] = int(Kind.MOVE), True
    move.position[0, 1], move.place_position[0, 1] = torch.tensor([-0.2, 0.0, 0.02]), torch.tensor([0.2, 0.0, 0.03])
    swept.add(move, torch.tensor([False]))
    assert looked_at(seen, swept)[0] > 0.1
    swept.add(move, torch.tensor([True]))
    assert looked_at(seen, swept)[0] < -0.1
    assert (times(swept, 0.2, 0.0), times(swept, -0.2, 0.0)) == (1.0, 0.0)


def test_five_cells_of_the_target_are_the_place() -> None:
    seen = drawn(LOW_HEAP, HIGH_HEAP)
    seen.ids[0, 180, 40:45], seen.height[0, 180, 40:45] = 9, 0.02
    cell = search_cell(seen, TARGET, WORKSPACE, swept_along(((-0.4, -0.3), (-0.2, -0.3))))
    assert cell[0].nonzero().tolist() == [[180, 42]]


def test_each_world_is_searched_by_itself() -> None:
    pictures = drawn(LOW_HEAP), drawn(HIGH_HEAP), drawn(LOW_HEAP, HIGH_HEAP)
    height, ids = (torch.cat([getattr(each, name) for each in pictures]) for name in ("height", "ids"))
    seen = Heightmaps(torch.zeros(3, 3, 224, 224), height, ids)
    swept = Swept.none(3)
    swept.ways[2] = swept_along(((0.1, 0.1), (0.3, 0.1))).ways[0]
    cells = search_cell(seen, TARGET.expand(3), WORKSPACE, swept)
    x = WORKSPACE.cell_centres()[cells.nonzero()[:, 1], cells.nonzero()[:, 2], 0]
    assert (x < 0.0).tolist() == [True, False, True]


def test_the_place_is_a_disc_of_3_cm() -> None:
    place = search_place(drawn(HIGH_HEAP), TARGET, WORKSPACE)
    assert float(place.sum()) * WORKSPACE.resolution**2 == pytest.approx(torch.pi * 0.03**2, rel=0.1)


@pytest.mark.parametrize("arms", [1, 2])
def test_a_push_sweeps_what_is_near_its_way_once(arms: int) -> None:
    swept = swept_along(((-0.2, 0.0), (0.1, 0.0)), arms=arms)
    assert times(swept, 0.0, 0.0) == times(swept, 0.0, 0.06) == times(swept, -0.2, -0.07) == 1.0
    assert times(swept, 0.0, NEAR + 0.01) == times(swept, 0.2, 0.0) == 0.0
    swept.forget(torch.tensor([0]))
    assert times(swept, 0.0, 0.0) == 0.0


def test_pushes_that_were_not_carried_out_sweep_nothing() -> None:
    swept, path = Swept.none(2), torch.zeros(2, 2, 32, 3)
    swept.add(push_action(path, path[..., 0], torch.tensor([[True, False]] * 2)), torch.tensor([True, False]))
    swept.add(push_action(path, path[..., 0], torch.tensor([[False, False]] * 2)), torch.tensor([True, True]))
    counts = swept.times(WORKSPACE, torch.tensor([0, 1]))[:, 112, 112]
    assert counts.tolist() == [1.0, 0.0]
