"""Random scenes: seeds, clearance, no overlap, slots."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from pushgrasp.scenes.generators import cluttered, scattered
from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.shapes import SHAPES, mesh
from pushgrasp.scenes.slots import SlotLayout

Generate = Callable[..., Scene]
BOTH = pytest.mark.parametrize("generate", [scattered, cluttered])


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def corners(scene: Scene) -> list[np.ndarray]:
    """Vertices (V, 3) of every block in the world."""
    return [Rotation.from_quat(o.quaternion).apply(mesh(SHAPES[o.shape])[0]) + o.position for o in scene.objects]


@BOTH
def test_same_seed_same_scene(generate: Generate) -> None:
    assert generate(seeded(3), 12) == generate(seeded(3), 12)
    assert generate(seeded(3), 12) != generate(seeded(4), 12)


@BOTH
def test_given_target_changes_nothing_else_in_the_draw(generate: Generate) -> None:
    drawn, given = generate(seeded(3), 6), generate(seeded(3), 6, target=5)
    assert given.target == 5
    assert [item.shape for item in given.objects] == [item.shape for item in drawn.objects]


@BOTH
def test_targets_are_drawn_evenly(generate: Generate) -> None:
    generator = seeded(0)
    counts = Counter(generate(generator, 4).target for _ in range(200))
    assert set(counts) == {0, 1, 2, 3}
    assert min(counts.values()) > 30  # 50 expected, standard deviation 6.1


@BOTH
@pytest.mark.parametrize("num_objects", [1, 2, 7, 20, 35])
def test_nothing_overlaps_at_the_start(
    generate: Generate, num_objects: int, deepest_overlap: Callable[[Scene], float]
) -> None:
    for seed in range(3):
        scene = generate(seeded(seed), num_objects)
        assert len(scene.objects) == num_objects
        assert deepest_overlap(scene) < 1e-6


@BOTH
def test_scenes_fit_their_layout(generate: Generate) -> None:
    layout = SlotLayout(("cube", "arch", "arch", "prism"))
    scene = generate(seeded(1), 4, layout=layout)
    assert Counter(item.shape for item in scene.objects) == Counter(layout.shapes)
    layout.assign([generate(seeded(seed), 3, layout=layout) for seed in range(20)])


@pytest.mark.parametrize("num_objects", [5, 20, 35])
def test_scattered_blocks_keep_their_distance_on_the_table(num_objects: int) -> None:
    scene = scattered(seeded(7), num_objects, gap=0.02)
    points = corners(scene)
    np.testing.assert_allclose([p[:, 2].min() for p in points], np.zeros(num_objects), atol=1e-9)
    centres = np.array([item.position[:2] for item in scene.objects])
    assert np.abs(centres).max() <= 0.35
    radii = np.array([np.linalg.norm(p[:, :2] - c, axis=1).max() for p, c in zip(points, centres, strict=True)])
    clearance = np.linalg.norm(centres[:, None] - centres, axis=-1) - radii[:, None] - radii
    assert clearance[~np.eye(num_objects, dtype=bool)].min() >= 0.02 - 1e-9


def test_scattered_blocks_stay_where_they_are(settled_positions: Callable[[Scene, float], np.ndarray]) -> None:
    scene = scattered(seeded(11), 20)
    np.testing.assert_allclose(settled_positions(scene, 0.5), [o.position for o in scene.objects], atol=2e-3)


def test_scattered_blocks_show_other_faces_too() -> None:
    generator = seeded(2)
    slabs = [o for _ in range(40) for o in scattered(generator, 20).objects if o.shape == "slab"]
    # flat with 0.6 + 0.4 * 2 / 4 = 0.8: two of the slab's four steady faces are flat
    flat = np.mean([abs(o.position[2] - 0.0125) < 1e-6 for o in slabs])
    assert len(slabs) > 80
    assert flat == pytest.approx(0.8, abs=0.12)


def test_gap_gives_way_where_the_square_is_full() -> None:
    # 35 blocks of mean circle area 68 cm^2 cannot keep 10 cm apart in 70 x 70 cm, but they fit without a gap
    assert len(scattered(seeded(0), 35, gap=0.1).objects) == 35
    with pytest.raises(ValueError, match=r"35 objects do not fit apart.*0\.2 m"):
        scattered(seeded(0), 35, extent=0.2)


def test_heap_is_low_and_its_target_in_the_middle() -> None:
    for seed in range(10):
        scene = cluttered(seeded(seed), 15, radius=0.12, centre_extent=0.0)
        positions = np.array([item.position for item in scene.objects])
        distance = np.linalg.norm(positions[:, :2], axis=1)
        assert distance.max() <= 0.12
        assert distance[scene.target] <= 0.03
        assert positions[:, 2].max() < 0.35


def test_target_takes_the_shape_it_must_have() -> None:
    usual, wanted = (cluttered(seeded(2), 35, target=0, target_shape=shape) for shape in (None, "arch"))
    assert usual.shapes[0] != "arch"
    assert wanted.shapes[0] == "arch"
    assert sorted(wanted.shapes) == sorted(usual.shapes)
    changed = [place for place, pair in enumerate(zip(usual.shapes, wanted.shapes, strict=True)) if len(set(pair)) > 1]
    assert changed == [0, usual.shapes.index("arch")]
    with pytest.raises(ValueError, match="no block of shape 'cup' for the target among arch, cube"):
        cluttered(seeded(2), 35, target_shape="cup")


def test_heap_settles_within_a_second_and_on_the_table(
    settled_positions: Callable[[Scene, float], np.ndarray],
) -> None:
    scene = cluttered(seeded(5), 12)
    earlier, later = settled_positions(scene, 1.5), settled_positions(scene, 1.7)
    assert np.median(np.linalg.norm(later - earlier, axis=1)) < 1e-3
    assert np.abs(later[:, :2]).max() < 0.5
    assert later[:, 2].min() > 0.01


@BOTH
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_objects": 0}, "num_objects must be 1 to 35"),
        ({"num_objects": 36}, "num_objects must be 1 to 35"),
        ({"num_objects": 3, "target": 3}, "target 3 is out of range: the scene's objects are 0 to 2"),
        ({"num_objects": 3, "target": -1}, "target -1 is out of range"),
    ],
)
def test_bad_requests_are_refused(generate: Generate, arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        generate(seeded(0), **arguments)


def test_bad_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="extent must be a positive length"):
        scattered(seeded(0), 3, extent=0.0)
    with pytest.raises(ValueError, match="radius must be a positive length"):
        cluttered(seeded(0), 3, radius=float("nan"))
