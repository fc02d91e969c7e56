"""Grasp and collision labels of the miniature dataset: those of a cube by hand."""

import math

import numpy as np
import pytest
import torch
from graspnet_mini.collisions import scene_collisions, thinned
from graspnet_mini.grasps import FAILED, close_jaws, grid_rotations, label_object
from graspnet_mini.raycast import Rays, shape_mesh
from graspnet_mini.writer import MiniCfg


@pytest.fixture
def cube(api):
    """A cube of 50 mm."""
    dense = shape_mesh("cube")
    return Rays([(dense.vertices, dense.faces)])


def test_width_and_friction_of_a_cube_by_hand(cube):
    tilt = math.radians(20)
    centre = np.array([[0, 0, 0], [0, 0, 0], [0.01, 0, 0], [0, 0, 0.03], [0, 0, 0]], dtype=float)
    closing = np.array([[1, 0, 0], [math.cos(tilt), math.sin(tilt), 0], [1, 0, 0], [1, 0, 0], [1, 1, 0]], dtype=float)
    closing /= np.linalg.norm(closing, axis=1, keepdims=True)
    width, friction = close_jaws(cube, centre, closing)
    # Straight: 50 mm and 5 mm on either side. Tilted by 20 degrees: 25 / cos 20 = 26.6 mm to either side, and
    # tan 20 = 0.364, rounded up to 0.4. Off centre by 10 mm: the farther side at 35 mm. Above the cube: nothing.
    # Along the diagonal: tan 45 = 1, at the edge, where either face may be met.
    np.testing.assert_allclose(width[:4], [0.060, 2 * (0.025 / math.cos(tilt) + 0.005), 0.080, 0.0], atol=1e-5)
    np.testing.assert_allclose(friction[:4], [0.1, 0.4, 0.1, FAILED])
    assert friction[4] in (1.0, 1.1)


def test_jaws_that_start_inside_are_no_grasp(api):
    dense = shape_mesh("packet")  # 110 mm long: with 100 mm the jaws start inside
    rays = Rays([(dense.vertices, dense.faces)])
    _, friction = close_jaws(rays, np.zeros((1, 3)), np.array([[1.0, 0.0, 0.0]]))
    assert friction.tolist() == [FAILED]


def test_collisions_of_a_cube_on_the_table(api):
    label = label_object("cube", 4, seed=0)
    pose = np.eye(4)
    pose[2, 3] = 0.025
    surface = thinned(shape_mesh("cube").vertices, 0.005)
    (alone,) = scene_collisions([label], [surface], [pose])
    assert alone[label.scores == FAILED].all()
    free = np.nonzero(~alone)
    assert len(free[0]) > 20
    # All corners of the gripper's box, from the palm's back to the tips, lie above the table.
    rotation = grid_rotations().numpy()[free[1], free[2]]
    depth, width = label.offsets[free][:, 1:].T
    for x in (depth, np.full_like(depth, -0.03)):
        for y in (width / 2 + 0.01, -width / 2 - 0.01):
            for z in (0.01, -0.01):
                corner = np.stack([x, y, np.full_like(x, z)], axis=1)
                height = label.points[free[0], 2] + 0.025 + (rotation[:, 2] * corner).sum(axis=1)
                assert (height > -1e-6).all()
    # A second cube 15 mm beside it along x blocks grasps that close along x, and adds none.
    beside = pose.copy()
    beside[0, 3] = 0.065
    both, _ = scene_collisions([label, label], [surface, surface], [pose, beside])
    assert (both | ~alone).sum() >= (~alone).sum()
    assert not (~both & alone).any()
    assert (~both).sum() < (~alone).sum()


def test_thinned_points_by_hand():
    points = np.array([[0.001, 0.0, 0.0], [0.003, 0.0, 0.0], [0.009, 0.0, 0.0]])
    np.testing.assert_allclose(np.sort(thinned(points, 0.008)[:, 0]), [0.002, 0.009])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"views": 0}, "views must be at least 1"),
        ({"objects": 8}, "objects must be at most 7"),
        ({"cameras": ("azure",)}, "unknown camera 'azure'"),
        ({"splits": ("val",)}, "unknown split 'val'"),
    ],
)
def test_bad_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        MiniCfg(**settings)


def test_labels_repeat_with_the_seed(api):
    first, again, other = (label_object("slab", 2, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.scores, again.scores)
    assert not np.array_equal(first.points, other.points)
    assert torch.isfinite(torch.from_numpy(first.offsets)).all()
