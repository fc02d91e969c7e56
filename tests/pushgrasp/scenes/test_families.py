"""Scene families: every protocol has its own, a seed repeats them, and they fit their slots."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from pushgrasp.scenes.contacts import gaps
from pushgrasp.scenes.designs import designs, moved
from pushgrasp.scenes.families import CASE_TARGETS, OCCLUSION_GROUPS, Family, families, family_named
from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.validation import problems
from pushgrasp.scenes.visibility import visible_shares

ALL = pytest.mark.parametrize("family", families().values(), ids=families().keys())
SIZES = {
    **{f"P1/case{i}": n for i, n in enumerate((10, 20, 25, 30, 35), 1)},
    **{f"P2/random{n}": n for n in (10, 20, 30)},
    **{f"P3/drop{n}": n for n in (15, 30)},
    **{f"P4/random{n}": n for n in (15, 30)},
    **{f"P4/{name}30": 30 for name in ("most-occluded", "mild", "moderate", "severe")},
    **{f"P5/{name}{n}": n for name in ("clutter", "clearing") for n in (10, 15, 20, 25)},
}
"""Objects per scene in the papers' protocols."""


SEARCH = {
    "search/lowest": ((7, 9, 10), 0.19),
    "search/middle": ((9, 10, 7), 0.19),
    "search/beside": ((4, 7, 9, 10), 0.24),
}
"""Objects in each heap, the target's first, and the distance between the last three heaps [m]."""


def drawn(family: Family, seed: int, index: int = 0) -> Scene:
    return family.draw(torch.Generator().manual_seed(seed), index)


def test_every_protocol_is_there() -> None:
    assert set(SIZES) | {"P2/hard", "P4/hard", "P5/tight"} <= set(families())
    for name, count in SIZES.items():
        assert families()[name].num_objects == count


@ALL
def test_a_seed_repeats_a_scene_to_the_bit(family: Family) -> None:
    scene = drawn(family, 7, 2)
    assert scene == drawn(family, 7, 2)
    assert scene != drawn(family, 8, 2)
    if family.name != "P1/case1" and family.variants in (1, 4):
        assert len(scene.objects) == family.num_objects


@ALL
def test_scenes_fit_their_slots_without_overlap(family: Family) -> None:
    scene = drawn(family, 1, 1)
    family.layout.assign([scene])
    assert len(scene.objects) <= family.num_objects
    assert problems(scene) == []
    assert gaps(scene).min() > -1e-3


@pytest.mark.parametrize("name", [*(f"P1/case{case}" for case in range(1, 6)), *SEARCH])
def test_there_are_four_target_shapes(name: str) -> None:
    family = families()[name]
    assert family.variants == 4
    shapes = [drawn(family, 3, index) for index in range(5)]
    assert [scene.shapes[scene.target] for scene in shapes] == [*CASE_TARGETS, CASE_TARGETS[0]]


@pytest.mark.parametrize("name", SEARCH)
def test_three_heaps_stand_apart(name: str) -> None:
    sizes, distance = SEARCH[name]
    scene = drawn(families()[name], 5, 1)
    assert scene.target == 0 and len(scene.objects) == sum(sizes)
    middles = scene.poses()[0][[sum(sizes[:number]) for number in range(len(sizes))], :2]  # their first blocks
    apart = torch.cdist(middles[-3:], middles[-3:])
    assert apart[[0, 0, 1], [1, 2, 2]].tolist() == pytest.approx([distance] * 3)
    # the fourth, in the midst of the three: at the circumradius of their triangle
    assert (middles[-3:] - middles[0]).norm(dim=1).tolist()[-1] == pytest.approx(
        distance if len(sizes) == 3 else distance / 3**0.5
    )


def test_first_objects_are_targets_where_the_papers_say_so() -> None:
    for name, first in (("P2/random10", 2), ("P3/drop15", 5)):
        targets = {drawn(families()[name], seed).target for seed in range(30)}
        assert targets == set(range(first))


def test_occlusion_groups_are_those_of_the_paper() -> None:
    assert OCCLUSION_GROUPS == {"mild": (0.2, 0.4), "moderate": (0.4, 0.6), "severe": (0.6, 0.8)}
    rule = families()["P4/severe30"].rule
    assert rule is not None
    assert (rule.low, rule.high) == (pytest.approx(0.2), pytest.approx(0.4))  # of the target is seen


@pytest.mark.parametrize(("folder", "count"), [("P2_hard", 10), ("P4_hard", 6), ("P5_tight", 8)])
def test_designs_rest_as_they_are(
    folder: str, count: int, settled_positions: Callable[[Scene, float], np.ndarray]
) -> None:
    scenes = designs(folder)
    assert len(scenes) == count
    for scene in scenes:
        assert problems(scene) == []
        assert visible_shares(scene)[scene.target] == pytest.approx(scene.visibility, abs=0.01)
        positions = np.array([item.position for item in scene.objects])
        assert np.linalg.norm(settled_positions(scene, 0.25) - positions, axis=1).max() < 0.004


def test_four_targets_of_the_ten_hard_scenes_are_hidden() -> None:
    scenes = designs("P2_hard")
    assert [len(scene.objects) for scene in scenes] == [20] * 10
    hidden = [number for number, scene in enumerate(scenes, 1) if (scene.visibility or 0.0) < 0.01]
    assert hidden == [1, 3, 8, 9]


def test_tight_layouts_are_about_a_yellow_box() -> None:
    for scene in designs("P5_tight"):
        target = scene.objects[scene.target]
        assert target.position[:2] == (0.0, 0.0)
        assert target.colour == (0.929, 0.788, 0.282)
        assert scene.visibility == 1.0
    angles = [drawn(families()["P5/tight"], seed).objects[0].quaternion[2] for seed in range(20)]
    assert min(angles) < -0.5 < 0.5 < max(angles)


def test_moved_designs_keep_their_shape() -> None:
    scene = designs("P4_hard")[3]
    turned = moved(scene, 0.5, (0.1, -0.05))
    places, others = (np.array([item.position for item in s.objects]) for s in (scene, turned))
    np.testing.assert_allclose(
        np.linalg.norm(places[:, None] - places, axis=-1), np.linalg.norm(others[:, None] - others, axis=-1), atol=1e-12
    )
    # by hand: (x, y) -> (x cos - y sin + 0.1, x sin + y cos - 0.05)
    x, y = scene.objects[1].position[:2]
    expected = (x * np.cos(0.5) - y * np.sin(0.5) + 0.1, x * np.sin(0.5) + y * np.cos(0.5) - 0.05)
    np.testing.assert_allclose(turned.objects[1].position[:2], expected, atol=1e-12)
    np.testing.assert_allclose(gaps(turned), gaps(scene), atol=1e-3)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown scene family 'P9'; families: P1/case1, .*novel/mixed20"):
        family_named("P9")
    with pytest.raises(ValueError, match="no designs 'P9'; there are: P2_hard, P4_hard, P5_tight"):
        designs("P9")
