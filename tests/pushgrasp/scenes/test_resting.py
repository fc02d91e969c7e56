"""Steady faces against hand counts and physics."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from pushgrasp.scenes.resting import resting_poses
from pushgrasp.scenes.scene import Scene, SceneObject
from pushgrasp.scenes.shapes import SHAPES, Shape, mesh


@pytest.mark.parametrize(
    ("name", "heights_mm"),
    [
        ("cube", [25.0] * 6),
        ("cuboid", [25.0] * 4 + [50.0] * 2),
        ("slab", [12.5] * 2 + [25.0] * 2),  # not on its ends, where it tips at atan(12.5 / 50) = 14 degrees
        ("cylinder", [25.0] * 2),  # not on its side, where it rolls
        ("half_cylinder", [12.5, 25.0, 25.0]),  # flat face and both ends
        # both legs, 46.65 mm * sin(46.2 degrees) / 2 = 16.8 mm from the box's centre; base; both ends
        ("prism", [16.8, 16.8, 24.3, 25.0, 25.0]),
        ("arch", [25.0] * 4 + [50.0] * 2),
    ],
)
def test_steady_faces_by_hand(name: str, heights_mm: list[float]) -> None:
    poses = resting_poses(SHAPES[name])
    np.testing.assert_allclose(sorted(poses.height.numpy() * 1e3), heights_mm, atol=0.05)
    assert poses.quaternion[0].tolist() == [0.0, 0.0, 0.0, 1.0]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_lowest_point_touches_the_table_and_circle_holds_the_block(shape: Shape) -> None:
    poses = resting_poses(shape)
    for quaternion, height, radius in zip(poses.quaternion, poses.height, poses.radius, strict=True):
        points = Rotation.from_quat(quaternion.numpy()).apply(mesh(shape)[0])
        assert points[:, 2].min() + float(height) == pytest.approx(0.0, abs=1e-12)
        assert np.hypot(points[:, 0], points[:, 1]).max() == pytest.approx(float(radius), rel=1e-9)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_physics_leaves_every_pose_where_it_is(
    shape: Shape, settled_positions: Callable[[Scene, float], np.ndarray]
) -> None:
    poses = resting_poses(shape)
    start = torch.stack([torch.arange(len(poses.height)) * 0.15 - 0.4, torch.zeros(len(poses.height)), poses.height], 1)
    objects = [
        SceneObject(shape.name, tuple(p), tuple(q))
        for p, q in zip(start.tolist(), poses.quaternion.tolist(), strict=True)
    ]
    settled = settled_positions(Scene(tuple(objects), 0), 0.6)
    np.testing.assert_allclose(settled, start, atol=1.5e-3)
