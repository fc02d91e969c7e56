"""Rigid transforms as 4 x 4 matrices: ``a_from_b`` turns coordinates in frame b into coordinates in frame a [m]."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation


def rigid(rotation: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Return the transform of a rotation matrix, shape (3, 3), and an origin [m], shape (3,)."""
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation, position
    return matrix


def rigid_of_vector(vector: np.ndarray) -> np.ndarray:
    """Return the transform of a position [m] and a rotation vector [rad], shape (6,), as UR controllers give a TCP."""
    return rigid(Rotation.from_rotvec(vector[3:]).as_matrix(), vector[:3])


def vector_of(transform: np.ndarray) -> np.ndarray:
    """Return position [m] and rotation vector [rad] of a transform, shape (6,)."""
    return np.concatenate((transform[:3, 3], Rotation.from_matrix(transform[:3, :3]).as_rotvec()))


def rigid_of_quaternion(position: np.ndarray, quaternion: np.ndarray) -> np.ndarray:
    """Return the transform of a position [m] and a quaternion (x, y, z, w)."""
    return rigid(Rotation.from_quat(quaternion).as_matrix(), np.asarray(position))


def quaternion_of(transform: np.ndarray) -> np.ndarray:
    """Return the quaternion (x, y, z, w) of a transform, w >= 0."""
    return Rotation.from_matrix(transform[:3, :3]).as_quat(canonical=True)


def inverse(transform: np.ndarray) -> np.ndarray:
    """Return the inverses of transforms, shape (..., 4, 4)."""
    result = np.zeros_like(transform)
    turned = np.swapaxes(transform[..., :3, :3], -1, -2)
    result[..., :3, :3], result[..., 3, 3] = turned, 1.0
    result[..., :3, 3] = -(turned @ transform[..., :3, 3, None])[..., 0]
    return result


def apply(transform: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return points [m], shape (..., 3), in the frame that a transform, shape (..., 4, 4), leads to."""
    return (transform[..., :3, :3] @ points[..., None])[..., 0] + transform[..., :3, 3]


def angle_between(one: np.ndarray, other: np.ndarray) -> float:
    """Return the angle of the rotation from one transform to another [rad]."""
    return float(Rotation.from_matrix(one[:3, :3].T @ other[:3, :3]).magnitude())


def project(points: np.ndarray, intrinsics: np.ndarray) -> np.ndarray:
    """Return where points in the camera's optical frame [m], shape (..., 3), appear [pixel], shape (..., 2)."""
    plane = points[..., :2] / points[..., 2:]
    return plane * intrinsics[(0, 1), (0, 1)] + intrinsics[:2, 2]
