"""Packed layers: tight, flat on the table, without overlap; and what is dropped on them."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
import torch

from pushgrasp.scenes.contacts import gaps, table_gaps
from pushgrasp.scenes.piles import covered, draw_names, gaussian_drop, packed
from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.slots import SlotLayout

POOL = SlotLayout.default(28).shapes


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("seed", range(3))
def test_packed_blocks_touch_but_do_not_overlap(seed: int, deepest_overlap: Callable[[Scene], float]) -> None:
    scene = packed(seeded(seed), 12, POOL, "prism")
    assert scene.shapes[0] == "prism"
    assert scene.target == 0
    assert deepest_overlap(scene) < 1e-6
    np.testing.assert_allclose(table_gaps(scene), 0.0, atol=1e-6)
    nearest = np.where(np.eye(12, dtype=bool), np.inf, gaps(scene)).min(axis=1)
    assert nearest.max() < 0.006  # 1 mm between flat sides; surfaces of cylinders and prisms lean away
    places = np.array([item.position[:2] for item in scene.objects])
    assert np.abs(places).max() < 0.2
    assert places[0].tolist() == [0.0, 0.0]


def test_packed_blocks_stay_where_they_are(settled_positions: Callable[[Scene, float], np.ndarray]) -> None:
    scene = packed(seeded(5), 15, POOL, "cuboid")
    np.testing.assert_allclose(settled_positions(scene, 0.5), [o.position for o in scene.objects], atol=2e-3)


def test_covers_lie_over_the_target(deepest_overlap: Callable[[Scene], float]) -> None:
    scene = covered(seeded(1), 16, 6, POOL, "cube", ["slab", "cuboid"], ["cube", "arch"])
    assert scene.start == "drop"
    assert scene.shapes[:3] == ("cube", "cube", "arch")
    assert scene.shapes[10:12] == ("slab", "cuboid")
    assert deepest_overlap(scene) < 1e-6
    for cover in scene.objects[10:12]:
        assert np.hypot(*cover.position[:2]) < 0.05
        assert cover.position[2] > 0.06


def test_gaussian_drop_is_dense_in_the_middle() -> None:
    scenes = [gaussian_drop(seeded(seed), 20, POOL, 0.1, 2) for seed in range(12)]
    places = np.array([item.position[:2] for scene in scenes for item in scene.objects])
    assert places.std() == pytest.approx(0.1, rel=0.2)  # cut off at two standard deviations
    assert np.abs(places).max() <= 0.2
    assert {scene.target for scene in scenes} == {0, 1}


def test_names_come_from_the_pool_as_often_as_it_has_them() -> None:
    names = draw_names(seeded(0), 9, ("cube",) * 4 + ("slab",) * 5, ["slab", "cube"])
    assert names[:2] == ["slab", "cube"]
    assert Counter(names) == {"cube": 4, "slab": 5}
    assert draw_names(seeded(0), 5, POOL, []) == draw_names(seeded(0), 5, POOL, [])


@pytest.mark.parametrize(
    ("count", "first"), [(10, []), (3, ["tile"]), (2, ["cube", "cube", "cube"]), (1, ["cube", "slab"])]
)
def test_names_that_the_pool_lacks_are_refused(count: int, first: list[str]) -> None:
    with pytest.raises(ValueError, match="are not in a pool of 9"):
        draw_names(seeded(0), count, ("cube",) * 4 + ("slab",) * 5, first)
