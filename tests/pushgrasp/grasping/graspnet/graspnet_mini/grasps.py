"""Grasp labels of the miniature dataset: antipodal grasps on GraspNet's grid of views, angles and depths.

For each point on an object's surface, 300 approach views (a Fibonacci lattice over the whole sphere), 12 in-plane
angles and 4 depths are tried, as in GraspNet-1Billion. The jaws close along a line through the point between the finger
tips; the friction with which they hold is the tangent of the larger angle between this line and the two surface normals
where it enters the object (Nguyen 1988), rounded up to a tenth as in the published labels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from graspnet_mini.raycast import Rays, shape_mesh
from pushgrasp.grasping.angle_view import viewpoint_rotations

VIEWS, ANGLES = 300, 12
DEPTHS = (0.01, 0.02, 0.03, 0.04)
"""The grid of grasps at each point; depths in metres."""

MAX_WIDTH = 0.10
"""Largest opening [m], that of the published evaluation."""

CLEARANCE = 0.005
"""Opening beyond the farther contact on either side [m]."""

MAX_FRICTION = 1.2
"""Grasps that need more are no grasps."""

FAILED = -1.0
"""Score of those."""


@dataclass(frozen=True)
class ObjectGrasps:
    """Labels of an object at P points, in its own frame; the arrays of a published ``*_labels.npz``.

    Attributes:
        points: Surface points [m], float32, shape (P, 3).
        offsets: In-plane angle [rad], depth [m] and opening [m], float32, shape (P, 300, 12, 4, 3).
        scores: Friction, -1 where there is no grasp, float32, shape (P, 300, 12, 4).
    """

    points: np.ndarray
    offsets: np.ndarray
    scores: np.ndarray


def lattice_views() -> torch.Tensor:
    """The 300 view directions, float64, shape (300, 3): what ``generate_views(300)`` of graspnetAPI gives."""
    index = torch.arange(VIEWS, dtype=torch.float64)
    z = (2 * index + 1) / VIEWS - 1
    azimuth = 2 * math.pi * index * (math.sqrt(5) - 1) / 2
    radius = (1 - z.square()).sqrt()
    return torch.stack((radius * azimuth.cos(), radius * azimuth.sin(), z), dim=1)


def grid_rotations() -> torch.Tensor:
    """Gripper rotations of the grid in GraspNet's frame (+x approach, +y closing), float64, shape (300, 12, 3, 3)."""
    angle = torch.arange(ANGLES, dtype=torch.float64) * (math.pi / ANGLES)
    towards = -lattice_views()[:, None].expand(-1, ANGLES, -1)
    return viewpoint_rotations(towards, angle.expand(VIEWS, -1))


def label_object(name: str, count: int, seed: int) -> ObjectGrasps:
    """Grasp labels of a shape at ``count`` random points of its surface."""
    dense = shape_mesh(name)
    rng = np.random.default_rng(seed)
    face = rng.choice(len(dense.faces), size=count, p=dense.area_faces / dense.area)
    points = (rng.dirichlet((1.0, 1.0, 1.0), size=count)[..., None] * dense.triangles[face]).sum(axis=1)
    rays = Rays([(dense.vertices, dense.faces)])
    rotation = grid_rotations().numpy()
    shape = (count, VIEWS, ANGLES, len(DEPTHS))
    offsets, scores = np.zeros((*shape, 3), dtype=np.float32), np.full(shape, FAILED, dtype=np.float32)
    offsets[..., 0] = (np.arange(ANGLES) * math.pi / ANGLES)[:, None]
    offsets[..., 1] = DEPTHS
    for index, point in enumerate(points):
        for level, depth in enumerate(DEPTHS):
            centre = (point + depth * rotation[..., 0]).reshape(-1, 3)
            width, friction = close_jaws(rays, centre, rotation[..., 1].reshape(-1, 3))
            offsets[index, ..., level, 2] = width.reshape(VIEWS, ANGLES)
            scores[index, ..., level] = friction.reshape(VIEWS, ANGLES)
    return ObjectGrasps(points.astype(np.float32), offsets, scores)


def close_jaws(rays: Rays, centre: np.ndarray, closing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Opening [m] and friction of grasps, -1 where the jaws meet nothing, start inside, or would slip.

    Args:
        rays: The object.
        centre: Points between the finger tips [m], shape (K, 3).
        closing: Unit closing directions, shape (K, 3).
    """
    reach, slope = np.zeros(len(centre)), np.zeros(len(centre))
    for inward in (closing, -closing):
        hits = rays.cast(centre - MAX_WIDTH / 2 * inward, inward)
        cosine = -(hits.normal * inward).sum(axis=1)  # negative where the ray starts inside and leaves
        enters = (hits.distance < MAX_WIDTH / 2) & (cosine > 1e-6)
        reach = np.where(enters, np.maximum(reach, MAX_WIDTH / 2 - hits.distance), np.inf)
        slope = np.maximum(slope, np.sqrt(1 - np.minimum(cosine, 1.0) ** 2) / np.maximum(cosine, 1e-6))
    width = 2 * (reach + CLEARANCE)
    friction = np.maximum(np.ceil(np.round(slope * 10, 6)) / 10, 0.1)
    good = (width <= MAX_WIDTH) & (friction <= MAX_FRICTION)
    return np.where(good, width, 0.0), np.where(good, friction, FAILED)
