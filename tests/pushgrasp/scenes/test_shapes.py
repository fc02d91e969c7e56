"""Block shapes against trimesh and closed forms."""

import numpy as np
import pytest
import trimesh
from scipy.spatial import ConvexHull

from pushgrasp.scenes.sections import extrusion_faces
from pushgrasp.scenes.shapes import SHAPES, Shape, convex_parts, mesh, shape_named

ALL = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())


def as_trimesh(shape: Shape) -> trimesh.Trimesh:
    return trimesh.Trimesh(*mesh(shape), process=False)


@ALL
def test_mesh_is_a_solid_in_its_bounding_box(shape: Shape) -> None:
    solid = as_trimesh(shape)
    assert solid.is_watertight
    assert solid.is_winding_consistent
    assert solid.volume > 0.0  # negative if the faces pointed inwards
    np.testing.assert_allclose(solid.bounds, [-np.array(shape.size) / 2, np.array(shape.size) / 2], atol=1e-12)


@ALL
def test_mesh_volume_is_the_closed_form(shape: Shape) -> None:
    # a regular 96-gon covers 1 - (2 pi / 96)^2 / 6 = 0.99929 of its circle
    assert as_trimesh(shape).volume == pytest.approx(shape.volume, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "cubic_centimetres"),
    [
        ("cube", 125.0),  # 5^3
        ("cuboid", 250.0),  # 10 * 5 * 5
        ("slab", 125.0),  # 10 * 5 * 2.5
        ("cylinder", 78.816),  # pi * 2.24^2 * 5
        ("half_cylinder", 49.087),  # pi / 2 * 2.5^2 * 5
        ("prism", 113.36),  # 9.33 * 4.86 / 2 * 5
        ("arch", 198.13),  # 250 - pi / 2 * 2.57^2 * 5
    ],
)
def test_volumes_worked_out_by_hand(name: str, cubic_centimetres: float) -> None:
    assert SHAPES[name].volume * 1e6 == pytest.approx(cubic_centimetres, rel=1e-4)


def test_fill_of_the_measured_blocks() -> None:
    # fills measured on the VPG set's meshes: arch 0.793, half cylinder 0.775, cylinder 0.781
    for name, fill in (("arch", 0.793), ("half_cylinder", 0.775), ("cylinder", 0.781)):
        assert SHAPES[name].volume / np.prod(SHAPES[name].size) == pytest.approx(fill, abs=0.011)


@ALL
def test_only_the_arch_is_not_convex(shape: Shape) -> None:
    hull = as_trimesh(shape).convex_hull
    assert (hull.volume > 1.05 * as_trimesh(shape).volume) == (shape.kind == "arch")


def test_arch_opens_downwards() -> None:
    # the opening's radius is 0.514 * 5 cm = 2.57 cm: free up to z = -2.5 + 2.57 = 0.07 cm over the middle
    arch = as_trimesh(SHAPES["arch"])
    inside = trimesh.ray.ray_triangle.RayMeshIntersector(arch).contains_points(
        [(0.0, 0.0, 0.0), (0.0, 0.0, 0.0015), (0.024, 0.0, -0.024), (0.027, 0.0, -0.024)]
    )
    assert inside.tolist() == [False, True, False, True]


@ALL
def test_convex_parts_are_convex_and_make_up_the_mesh(shape: Shape) -> None:
    parts = [trimesh.Trimesh(p, extrusion_faces(len(p) // 2), process=False) for p in convex_parts(shape)]
    for part in parts:
        assert part.is_watertight
        assert part.volume == pytest.approx(trimesh.convex.convex_hull(part.vertices).volume, rel=1e-9)
    # 32 facets lose 0.6 % of a circle; chords of the arch's opening add 1.2 %
    assert sum(part.volume for part in parts) == pytest.approx(as_trimesh(shape).volume, rel=0.013)
    assert len(parts) == (6 if shape.kind == "arch" else 1)


def test_arch_parts_do_not_overlap_and_leave_no_hole() -> None:
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (20000, 3)) * SHAPES["arch"].size
    planes = [ConvexHull(part).equations for part in convex_parts(SHAPES["arch"])]
    holders = sum(np.all(points @ p[:, :3].T + p[:, 3] < 0.0, axis=1).astype(int) for p in planes)
    assert holders.max() == 1
    # the opening, without 1 mm for the chords: nothing inside 24.7 mm, everything outside 25.7 mm
    distance = np.hypot(points[:, 0], points[:, 2] + 0.025)
    assert holders[distance < 0.0247].max() == 0
    assert holders[distance > 0.0257].min() == 1


def test_unknown_shape_lists_the_valid_ones() -> None:
    with pytest.raises(ValueError, match=r"'ball'.*cube, cuboid, slab, cylinder, half_cylinder, prism, arch"):
        shape_named("ball")


@pytest.mark.parametrize(
    ("size", "kind", "message"),
    [
        ((0.1, 0.1, 0.1), "sphere", "kinds: box"),
        ((0.1, -0.1, 0.1), "box", "positive"),
        ((0.1, float("nan"), 0.1), "box", "positive"),
        ((0.1, 0.1), "box", "three"),
        ((0.1, 0.2, 0.1), "cylinder", "equal x and y"),
        ((0.1, 0.1, 0.1), "half_cylinder", "twice"),
        ((0.1, 0.1, 0.1), "arch", "too narrow"),
    ],
)
def test_impossible_shapes_are_refused(size: tuple[float, ...], kind: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Shape("odd", size, kind)  # type: ignore[arg-type]
