"""Objects are told apart by depth, hue, slope and shade."""

import numpy as np
import pytest

from pushgrasp.perception.segment.segments import object_ids, take_apart
from pushgrasp.perception.workspace import Workspace

RED, BLUE, DARK_RED = (200, 40, 40), (40, 60, 200), (100, 20, 20)
LEFT, RIGHT, ROWS = slice(80, 100), slice(100, 120), slice(90, 110)


def count(pieces: np.ndarray) -> int:
    return len(np.unique(pieces[pieces > 0]))


@pytest.mark.parametrize(
    ("heights", "colours", "objects"),
    [
        ((0.05, 0.05), (RED, BLUE), 2),  # touching, equal heights: hue
        ((0.05, 0.025), (RED, RED), 2),  # touching, equal hue: depth
        ((0.05, 0.05), (RED, DARK_RED), 2),  # equal height and hue: both tops are level, so light cannot differ
        ((0.05, 0.05), (RED, RED), 1),  # nothing tells them apart
    ],
)
def test_touching_boxes(table, heights, colours, objects: int) -> None:
    seen = table().put(ROWS, LEFT, heights[0], colours[0]).put(ROWS, RIGHT, heights[1], colours[1])
    pieces = seen.segments().pieces
    assert count(pieces) == objects
    assert (pieces > 0).sum() == 800


def roofs(table, ridges: list[int], valley: bool):
    """Prisms along rows with 45 degree slopes, dark on one side as one light would have it."""
    seen = table()
    for ridge in ridges:
        for step in range(10):
            height = 0.05 - 0.0035 * (9 - step if valley else step)
            seen.put(ROWS, slice(ridge - 1 - step, ridge - step), height, RED)
            seen.put(ROWS, slice(ridge + step, ridge + step + 1), height, DARK_RED)
    return seen.segments().pieces


def test_a_roof_is_one_object_and_a_valley_lies_between_two(table) -> None:
    assert count(roofs(table, [100], valley=False)) == 1
    assert count(roofs(table, [100], valley=True)) == 2


@pytest.mark.parametrize(("side", "objects"), [(4, 1), (7, 3)])  # 2.3 cm^2 and 7 cm^2; 3 cm^2 are needed
def test_specks_are_dropped_or_join_what_is_near(table, side: int, objects: int) -> None:
    inside, alone = slice(95, 95 + side), slice(150, 150 + side)
    seen = table().put(ROWS, LEFT, 0.05, RED).put(inside, slice(85, 85 + side), 0.05, BLUE)
    seen.put(alone, alone, 0.05, BLUE)
    pieces = seen.segments().pieces
    assert count(pieces) == objects
    assert (pieces > 0).sum() == 400 + (side**2 if objects == 3 else 0)


def test_an_empty_table_has_no_objects(table) -> None:
    assert not table().segments().pieces.any()


@pytest.mark.parametrize("grain", [0.0, 3.0])
def test_rendered_solids_are_found(overhead, solid, grain: float) -> None:
    colours = [(40, 160, 60), (200, 190, 60), (150, 80, 170), (60, 130, 200)]
    places = [(-0.06, 0.0), (0.06, 0.0), (0.0, 0.12), (0.2, -0.2)]
    solids = [
        solid((x, y, 0.025), (0.08, 0.05, 0.05), 0.4 * i, colour, i == 3)
        for i, ((x, y), colour) in enumerate(zip(places, colours, strict=True))
    ]
    picture = {name: value[0].numpy() for name, value in overhead().render(solids).items()}
    random = np.random.default_rng(3)
    colour = (picture["rgb"] + grain * random.standard_normal(picture["rgb"].shape)).clip(0, 255).astype(np.uint8)
    depth = picture["depth"] + 0.0003 * grain * random.standard_normal(picture["depth"].shape).astype(np.float32)
    camera = [picture[name] for name in ("intrinsics", "rotation", "position")]
    segments = take_apart(colour, depth, *camera, Workspace())
    ids = object_ids(segments, picture["ids"] == 1)
    assert ids.max() == 4
    for true in range(1, 5):
        mine = ids == np.bincount(ids[picture["ids"] == true]).argmax()
        other = picture["ids"] == true
        assert (mine & other).sum() / (mine | other).sum() > 0.9
