"""Quaternions against SciPy."""

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from pushgrasp.scenes.rotations import about_z, multiply, random_rotations, rotate, shortest_arc


def test_multiply_and_rotate_agree_with_scipy() -> None:
    left, right = Rotation.random(20, rng=1), Rotation.random(20, rng=2)
    vectors = np.random.default_rng(3).normal(size=(20, 3))
    product = multiply(torch.as_tensor(left.as_quat()), torch.as_tensor(right.as_quat()))
    np.testing.assert_allclose(rotate(product, torch.as_tensor(vectors)), (left * right).apply(vectors), atol=1e-12)


def test_about_z_agrees_with_scipy() -> None:
    angles = np.linspace(-4.0, 4.0, 9)
    expected = Rotation.from_rotvec(angles[:, None] * [0.0, 0.0, 1.0]).apply([1.0, 2.0, 3.0])
    vector = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    np.testing.assert_allclose(rotate(about_z(torch.as_tensor(angles)), vector), expected, atol=1e-12)


def test_shortest_arc_reaches_its_end_even_opposite() -> None:
    start = torch.eye(3, dtype=torch.float64).repeat(3, 1)
    end = torch.cat([start[:3], -start[:3], start[[1, 2, 0]]])
    quaternion = shortest_arc(start, end)
    np.testing.assert_allclose(rotate(quaternion, start), end, atol=1e-12)
    # turns of 0, 180 and 90 degrees
    angles = Rotation.from_quat(quaternion.numpy()).magnitude()
    np.testing.assert_allclose(angles, np.repeat([0.0, np.pi, np.pi / 2], 3), atol=1e-7)


def test_random_rotations_are_even_and_repeat() -> None:
    first = random_rotations(torch.Generator().manual_seed(5), 20000)
    torch.testing.assert_close(first, random_rotations(torch.Generator().manual_seed(5), 20000))
    # a turned z axis is spread evenly over the sphere: mean 0, second moment I / 3
    axis = rotate(first, torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64))
    np.testing.assert_allclose(axis.mean(dim=0), np.zeros(3), atol=0.02)
    np.testing.assert_allclose(axis.T @ axis / 20000, np.eye(3) / 3, atol=0.02)
