"""Collision labels of the miniature dataset: the published evaluation's gripper against surface points and table."""

from __future__ import annotations

import numpy as np
import torch

from graspnet_mini.grasps import FAILED, ObjectGrasps, grid_rotations
from pushgrasp.grasping.graspnet.poses import JAW_HEIGHT

FINGER, BACK = 0.01, 0.02
"""Thickness of fingers and palm, and how far the fingers reach back from the surface point [m]."""

SPACING = 0.008
"""Grid on which the evaluation thins out surfaces [m]."""

MIN_INSIDE = 10
"""Grasps with fewer surface points between the fingers count as empty."""

_CHUNK = 2048


def thinned(points: np.ndarray, spacing: float = SPACING) -> np.ndarray:
    """One point (M, 3) for each cube of side ``spacing`` [m] that holds some, the mean of those."""
    _, index = np.unique(np.floor(points / spacing).astype(np.int64), axis=0, return_inverse=True)
    count = np.bincount(index.ravel())
    return np.stack([np.bincount(index.ravel(), weights=points[:, axis]) / count for axis in range(3)], axis=1)


def scene_collisions(
    grasps: list[ObjectGrasps], surfaces: list[np.ndarray], poses: list[np.ndarray]
) -> list[np.ndarray]:
    """Which grasps of each object cannot be carried out in a scene, bool, shape (P, 300, 12, 4) each.

    What is no grasp at all counts as colliding.

    Args:
        grasps: Labels of each object.
        surfaces: Surface points of each object [m], own frame, shape (M, 3) each.
        poses: Object to table frame, shape (4, 4) each; the table's top is z = 0.
    """
    clouds = [_moved(surface, pose) for surface, pose in zip(surfaces, poses, strict=True)]
    labels = []
    for own, label in enumerate(grasps):
        colliding = np.ones(label.scores.shape, dtype=bool)
        chosen = np.nonzero(label.scores > FAILED)
        colliding[chosen] = _colliding(label, chosen, clouds, own, poses[own])
        labels.append(colliding)
    return labels


def _colliding(
    label: ObjectGrasps, chosen: tuple[np.ndarray, ...], clouds: list[np.ndarray], own: int, pose: np.ndarray
) -> np.ndarray:
    """Collision of the chosen grasps of object ``own``; cheap tests come first."""
    rotation = torch.from_numpy(pose[:3, :3]) @ grid_rotations()[chosen[1], chosen[2]]
    origin = torch.from_numpy(_moved(label.points[chosen[0]].astype(np.float64), pose))
    depth, width = torch.from_numpy(label.offsets[chosen][:, 1:].astype(np.float64)).T
    hit = _lowest_corner(rotation, origin, depth, width) < 0.0
    near = _near(clouds, own)
    for points, least in ((thinned(clouds[own]), MIN_INSIDE), (near, 0)):
        left = (~hit).nonzero()[:, 0]
        for part in left.split(_CHUNK):
            arguments = rotation[part], origin[part], depth[part], width[part]
            hit[part] = _touches(torch.from_numpy(points), *arguments, least)
    return hit.numpy()


def _moved(points: np.ndarray, pose: np.ndarray) -> np.ndarray:
    return points @ pose[:3, :3].T + pose[:3, 3]


def _near(clouds: list[np.ndarray], own: int, reach: float = 0.12) -> np.ndarray:
    """Points (M, 3) of all objects that a gripper at object ``own`` might touch."""
    everything = np.concatenate(clouds)
    low, high = clouds[own].min(axis=0) - reach, clouds[own].max(axis=0) + reach
    return everything[((everything > low) & (everything < high)).all(axis=1)]


def _lowest_corner(
    rotation: torch.Tensor, origin: torch.Tensor, depth: torch.Tensor, width: torch.Tensor
) -> torch.Tensor:
    """Height [m] of the lowest corner of the gripper's box, shape (K,)."""
    slopes = rotation[:, 2]
    tip, back = slopes[:, 0] * depth, slopes[:, 0] * -(BACK + FINGER)
    sides = slopes[:, 1].abs() * (width / 2 + FINGER) + slopes[:, 2].abs() * JAW_HEIGHT / 2
    return origin[:, 2] + torch.minimum(tip, back) - sides


def _touches(
    points: torch.Tensor,
    rotation: torch.Tensor,
    origin: torch.Tensor,
    depth: torch.Tensor,
    width: torch.Tensor,
    least: int,
) -> torch.Tensor:
    """Whether points lie in fingers or palm, or fewer than ``least`` between the fingers, bool, shape (K,)."""
    x, y, z = ((points - origin[:, None]).float() @ rotation.float()).unbind(dim=2)
    level = z.abs() < JAW_HEIGHT / 2
    between = level & (x > -BACK) & (x < depth[:, None])
    half, outer = width[:, None] / 2, y.abs() < width[:, None] / 2 + FINGER
    fingers = between & outer & (y.abs() > half)
    palm = level & outer & (x <= -BACK) & (x > -BACK - FINGER)
    inside = (between & (y.abs() <= half)).sum(dim=1)
    return (fingers | palm).any(dim=1) | (inside < least)
