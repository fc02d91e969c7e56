"""Settling without the environment: physical facts."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pg_tasks.envs.scene_sets import FamilyScenes
from pg_tasks.envs.settling import settle
from pushgrasp.scenes.families import families
from pushgrasp.scenes.generators import cluttered
from pushgrasp.scenes.scene import Scene, SceneObject
from pushgrasp.scenes.shapes import ALL_SHAPES, NOVEL
from pushgrasp.scenes.visibility import visible_shares


def test_a_block_falls_onto_the_table_and_stays() -> None:
    result = settle(Scene((SceneObject("cube", (0.1, 0.2, 0.035)),), 0, "drop"))
    assert result.rested
    assert result.lost == ()
    assert result.scene.start == "rest"
    assert result.scene.objects[0].position == pytest.approx((0.1, 0.2, 0.025), abs=5e-4)
    assert result.moved[0] == pytest.approx(0.01, abs=5e-4)
    assert result.turned[0] < np.radians(0.5)
    assert result.penetration < 0.001


def test_what_is_off_the_table_is_lost() -> None:
    objects = (SceneObject("cube", (0.0, 0.0, 0.025)), SceneObject("cube", (0.55, 0.0, 0.1)))
    result = settle(Scene(objects, 0, "drop"), longest=1.0)
    assert result.lost == (1,)
    assert not result.rested
    assert result.restless == (1,)  # it still falls


def test_a_heap_settles_like_one() -> None:
    result = settle(cluttered(torch.Generator().manual_seed(2), 10))
    assert result.rested
    assert result.penetration < 0.002
    heights = np.array([item.position[2] for item in result.scene.objects])
    assert heights.min() > 0.01
    again = settle(cluttered(torch.Generator().manual_seed(2), 10))
    assert again.scene == result.scene


@pytest.mark.parametrize(
    ("family", "number"), [("P1/case3", 0), ("P1/case3", 9), ("P1/case3", 32), ("P1/case4", 7), ("P1/case4", 29)]
)
def test_what_has_settled_stays(family: str, number: int) -> None:
    """Heaps with a block that stood on an edge for more than 0.2 s, or slid off one at 0.6 to 2 mm/s for longer."""
    heap = FamilyScenes(families()[family]).draw(torch.Generator().manual_seed(1000 + number), number)
    assert settle(heap, shortest=1.5).moved.max() < 0.005


@pytest.mark.parametrize(("name", "sizes"), [("lowest", (7, 9, 10)), ("middle", (9, 10, 7))])
def test_a_target_to_be_searched_for_is_hidden_where_it_is_said_to_be(name: str, sizes: tuple[int, ...]) -> None:
    scene = FamilyScenes(families()[f"search/{name}"]).draw(torch.Generator().manual_seed(17), 0)
    assert scene.target == 0 and visible_shares(scene)[0] <= 0.05
    heaps = scene.poses()[0].split(sizes)
    tops = [float(heap[(heap[:, :2] - heap[0, :2]).norm(dim=1) < 0.07, 2].max()) for heap in heaps]
    assert sorted(tops).index(tops[0]) == ("lowest", "middle").index(name)


@pytest.mark.parametrize("name", ALL_SHAPES)
def test_every_shape_rests_on_its_default_face(name: str) -> None:
    height = ALL_SHAPES[name].size[2] / 2
    result = settle(Scene((SceneObject(name, (0.0, 0.0, height + 0.002)),), 0, "drop"), shortest=1.0)
    assert result.rested
    assert result.moved[0] < 0.004
    assert result.turned[0] < np.radians(2.0)
    assert result.penetration < 0.001


@pytest.mark.parametrize("name", NOVEL)
def test_novel_objects_come_to_rest_from_any_side(name: str) -> None:
    quaternion = (0.5, 0.3, 0.2, 0.8)
    result = settle(Scene((SceneObject(name, (0.0, 0.0, 0.12), quaternion),), 0, "drop"))
    assert result.rested
    assert result.lost == ()
    assert result.penetration < 0.002


@pytest.mark.parametrize("name", ["can", "small_cylinder"])
@pytest.mark.parametrize("line", [0.0, 0.7])
def test_cylinders_that_touch_side_by_side_stay(name: str, line: float) -> None:
    """Upright, 0 to 0.1 mm in each other: nothing there lets them go further than that."""
    width, _, height = ALL_SHAPES[name].size
    for overlap in np.linspace(0.0, 1e-4, 24):
        places = np.outer((-1.0, 0.0, 1.0), (np.cos(line), np.sin(line))) * (width - overlap)
        result = settle(Scene(tuple(SceneObject(name, (x, y, height / 2)) for x, y in places.tolist()), 0))
        assert result.moved.max() < 0.001
        assert result.rested
