"""Household-like objects: solid, of sensible weight, collision geometry that fits them, and narrow enough to grasp."""

import numpy as np
import pytest
import trimesh
from scipy.spatial import ConvexHull

from pushgrasp.scenes.collision import collision_primitives
from pushgrasp.scenes.mass import mass_properties
from pushgrasp.scenes.resting import resting_poses
from pushgrasp.scenes.rotations import rotate
from pushgrasp.scenes.shapes import NOVEL, OTHER_BLOCKS, SHAPES, Shape, mesh, shape_named
from pushgrasp.scenes.solids import corner_points

ALL = pytest.mark.parametrize("shape", NOVEL.values(), ids=NOVEL.keys())
JAW = 0.13
"""Opening of a 140 mm jaw less 5 mm on either side [m]."""


@ALL
def test_mesh_is_a_solid_in_its_bounding_box(shape: Shape) -> None:
    solid = trimesh.Trimesh(*mesh(shape), process=False)
    assert solid.is_watertight
    assert solid.is_winding_consistent
    np.testing.assert_allclose(solid.bounds, [-np.array(shape.size) / 2, np.array(shape.size) / 2], atol=1e-6)


@ALL
def test_weight_is_that_of_a_thing_on_a_table_and_its_inertia_diagonal(shape: Shape) -> None:
    body = mass_properties(*mesh(shape), shape.density)
    assert 0.03 < body.mass < 0.5
    moments = np.diag(body.inertia)
    assert np.abs(body.inertia - np.diag(moments)).max() < 1e-6 * moments.max()


@ALL
def test_collision_geometry_lies_in_the_solid_and_fills_it(shape: Shape) -> None:
    solid = trimesh.Trimesh(*mesh(shape), process=False)
    parts = [corner_points(part, 64) for part in collision_primitives(shape)]
    samples = solid.sample(1500, seed=0)
    inside = np.zeros(len(samples), dtype=bool)
    for part in parts:
        planes = ConvexHull(part).equations
        inside |= (samples @ planes[:, :3].T + planes[:, 3] < 0.0025).all(axis=1)
    assert inside.mean() > 0.98  # walls of twelve facets are up to 2 mm inside their circles
    points = np.concatenate(parts)
    assert (np.abs(points) <= np.array(shape.size) / 2 + 1e-6).all()


@ALL
def test_hollow_things_are_hollow(shape: Shape) -> None:
    points = np.array([[0.0, 0.0, 0.0]])
    planes = [ConvexHull(corner_points(part)).equations for part in collision_primitives(shape)]
    filled = any((points @ p[:, :3].T + p[:, 3] < 0.0).all() for p in planes)
    assert filled == (shape.name not in ("cup", "tumbler", "bowl"))


@ALL
def test_a_jaw_of_140_mm_fits_from_above(shape: Shape) -> None:
    """In every steady pose, some horizontal width is narrow enough."""
    vertices = mesh(shape)[0]
    for quaternion in resting_poses(shape).quaternion:
        planar = rotate(quaternion, quaternion.new_tensor(vertices))[:, :2].numpy()
        angle = np.radians(np.arange(0, 180, 5))
        widths = np.ptp(planar @ np.stack([np.cos(angle), np.sin(angle)]), axis=0)
        assert widths.min() < JAW


def test_names_are_unlike_and_found() -> None:
    assert not set(NOVEL) & (set(SHAPES) | set(OTHER_BLOCKS))
    assert shape_named("hammer") is NOVEL["hammer"]
    with pytest.raises(ValueError, match=r"unknown shape 'ball'; shapes: cube, .*tile, .*hammer"):
        shape_named("ball")


def test_a_closed_volume_is_asked_of_the_mesh() -> None:
    with pytest.raises(ValueError, match="'cup' is an assembly"):
        _ = NOVEL["cup"].volume


def test_assemblies_need_parts() -> None:
    with pytest.raises(ValueError, match="'thing': assemblies, and only they, need solids"):
        Shape("thing", (0.1, 0.1, 0.1), "assembly")
