"""Distances between objects, worked out by hand."""

import re

import numpy as np
import pytest

from pushgrasp.scenes.contacts import REACH, gaps, supported, table_gaps
from pushgrasp.scenes.scene import Scene, SceneObject
from pushgrasp.scenes.validation import problems

SLANTED = (0.0, 0.0, 0.38268343, 0.92387953)  # 45 degrees about z


def scene(*objects: SceneObject, start: str = "rest") -> Scene:
    return Scene(objects, 0, start)


def test_gaps_between_faces_are_exact() -> None:
    # cubes of 5 cm: faces 10 mm apart, 4 mm inside each other, far away
    row = scene(*(SceneObject("cube", (x, 0.0, 0.025)) for x in (0.0, 0.06, 0.106, 0.4)))
    found = gaps(row)
    assert found[0, 1] == pytest.approx(0.01, abs=1e-9)
    assert found[1, 2] == pytest.approx(-0.004, abs=1e-9)
    assert found[0, 3] == REACH
    np.testing.assert_array_equal(found, found.T)


def test_turned_cubes_meet_corner_to_face() -> None:
    # the diagonal of a 5 cm square is 70.7 mm: its corner reaches 35.36 mm
    pair = scene(SceneObject("cube", (0.0, 0.0, 0.025)), SceneObject("cube", (0.07, 0.0, 0.025), SLANTED))
    assert gaps(pair)[0, 1] == pytest.approx(0.07 - 0.025 - 0.0353553, abs=1e-6)


def test_the_opening_of_an_arch_is_free() -> None:
    # a half cylinder of radius 25 mm stands free in the opening of radius 25.7 mm
    pair = scene(SceneObject("arch", (0.0, 0.0, 0.025)), SceneObject("half_cylinder", (0.0, 0.0, 0.0125)))
    assert gaps(pair)[0, 1] > -0.003  # the corners of the opening collide cut off by up to 2.3 mm


def test_heights_above_the_table() -> None:
    heights = table_gaps(scene(SceneObject("cube", (0, 0, 0.03)), SceneObject("prism", (0.2, 0, 0.0243 - 0.002))))
    np.testing.assert_allclose(heights, [0.005, -0.002], atol=1e-9)


def test_support_passes_from_object_to_object() -> None:
    gap = np.full((4, 4), REACH)
    gap[0, 1] = gap[1, 0] = gap[1, 2] = gap[2, 1] = 0.001
    table = np.array([0.0, 0.05, 0.1, 0.1])
    assert supported(gap, table, 0.002).tolist() == [True, True, True, False]


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        (
            [("cube", (0.6, 0.0, 0.025))],
            r"object 0 \(cube\) at \(0.600, 0.000\) is outside the workspace x \(-0.5, 0.5\)",
        ),
        ([("cube", (0, 0, 0.015))], r"object 0 \(cube\) is 10.0 mm deep in the table"),
        (
            [("cube", (0, 0, 0.025)), ("slab", (0.07, 0, 0.0125))],
            r"object 0 \(cube\) and object 1 \(slab\) overlap by 5.0",
        ),
        ([("cube", (0, 0, 0.025)), ("tile", (0, 0, 0.0825))], r"object 1 \(tile\) floats 70 mm above the table"),
    ],
)
def test_impossible_scenes_are_described(objects: list, message: str) -> None:
    found = problems(scene(*(SceneObject(*item) for item in objects)))
    assert len(found) == 1
    assert re.search(message, found[0]), found


def test_stacks_leaning_and_drops_are_possible() -> None:
    stack = [
        SceneObject("cube", (0, 0, 0.025)),
        SceneObject("tile", (0.01, 0, 0.0625)),
        SceneObject("cube", (0, 0, 0.1)),
    ]
    assert problems(scene(*stack)) == []
    assert problems(scene(SceneObject("cube", (0, 0, 0.3)), start="drop")) == []


@pytest.mark.parametrize("name", ["cube", "cylinder", "prism", "arch", "half_cylinder", "can", "spanner"])
def test_equal_objects_in_one_place_overlap(name: str) -> None:
    """No point of the one's surface lies inside the other."""
    both = scene(SceneObject(name, (0, 0, 0.1)), SceneObject(name, (0, 0, 0.1)), start="drop")
    assert len(problems(both)) == 1
    assert "overlap by" in problems(both)[0]
