"""Quaternions against SciPy, and classes as quaternions and back."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from pushgrasp.grasping.angle_view import NUM_CLASSES, nearest_class
from pushgrasp.grasping.quaternions import class_quaternions, to_matrix, to_quaternion


def test_quaternions_agree_with_scipy():
    random = Rotation.random(200, rng=np.random.default_rng(4))
    half_turns = Rotation.from_rotvec(np.pi * np.concatenate([np.eye(3), [[0.6, 0.8, 0.0]]]))  # w = 0
    both = Rotation.concatenate([random, half_turns, Rotation.identity(1)])
    quaternion = to_quaternion(torch.from_numpy(both.as_matrix()))
    same = np.abs((quaternion.numpy() * both.as_quat()).sum(axis=1))
    np.testing.assert_allclose(same, 1.0, atol=1e-12)
    assert (quaternion[:, 3] >= 0).all()
    np.testing.assert_allclose(to_matrix(quaternion).numpy(), both.as_matrix(), atol=1e-12)


def test_length_does_not_matter_and_shapes_are_kept():
    # Half a turn about z: x and y change sign.
    matrix = to_matrix(torch.tensor([[[0.0, 0.0, 5.0, 0.0]]]))
    torch.testing.assert_close(matrix, torch.diag(torch.tensor([-1.0, -1.0, 1.0]))[None, None])


def test_classes_survive_the_way_over_quaternions():
    quaternion = class_quaternions()
    assert quaternion.shape == (NUM_CLASSES, 4)
    assert torch.equal(nearest_class(to_matrix(quaternion)), torch.arange(NUM_CLASSES))


@pytest.mark.parametrize("wrong", [torch.zeros(3, 3, 2), torch.zeros(3)])
def test_wrong_shapes_are_refused(wrong):
    with pytest.raises(ValueError, match="shape"):
        to_quaternion(wrong)
    with pytest.raises(ValueError, match="shape"):
        to_matrix(wrong)


def test_zero_quaternion_is_refused():
    with pytest.raises(ValueError, match="zero"):
        to_matrix(torch.zeros(1, 4))
