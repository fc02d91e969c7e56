"""Surfaces of shapes and scenes as points with outward normals and the areas they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch

from pushgrasp.scenes.rotations import rotate
from pushgrasp.scenes.shapes import mesh, shape_named

SPACING = 0.003
"""Side of the cubes of which each that the surface meets gives a point per facing [m]."""

DENSITY = 24
"""Random samples of the surface per point that is kept."""


@dataclass(frozen=True)
class SurfacePoints:
    """Points of the surfaces of several objects.

    Attributes:
        point: Points [m], shape (P, 3).
        normal: Outward unit normals, shape (P, 3).
        area: Area that each point stands for [m^2], shape (P,).
        object_id: Object that each point belongs to, slot index + 1, shape (P,), long, rising.
    """

    point: torch.Tensor
    normal: torch.Tensor
    area: torch.Tensor
    object_id: torch.Tensor

    def turned(self, yaw: float) -> SurfacePoints:
        """The same, turned about the z axis by ``yaw`` [rad]."""
        cos, sin = float(np.cos(yaw)), float(np.sin(yaw))
        turn = self.point.new_tensor([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
        return SurfacePoints(self.point @ turn.T, self.normal @ turn.T, self.area, self.object_id)


@cache
def shape_points(name: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Points (P, 3) [m], normals (P, 3) and areas (P,) [m^2] of a shape's surface in its body frame.

    The surface is sampled densely and evenly; of the samples that share a cube of side :data:`SPACING` and the side
    they face, the first stays and stands for all. Long thin facets cost no more points than others.

    Raises:
        ValueError: If there is no such shape.
    """
    vertices, faces = mesh(shape_named(name))
    return mesh_points(vertices[faces])


def mesh_points(triangles: np.ndarray, density: int = DENSITY) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Points, normals and areas, as :func:`shape_points`, of the surface of triangles (F, 3, 3) [m].

    ``density`` is the number of random samples per point that is kept: fewer are quicker and miss a point now and then.
    """
    points, normals, area = _samples(triangles, density)
    key = np.concatenate([np.floor(points / SPACING + 1e-6), np.round(2 * normals)], axis=1).astype(np.int64)
    key -= key.min(axis=0)
    number = np.ravel_multi_index(tuple(key.T), tuple(key.max(axis=0) + 1))
    _, first, inverse = np.unique(number, return_index=True, return_inverse=True)
    areas = np.bincount(inverse, minlength=len(first)) * area
    points, normals, areas = (torch.from_numpy(v.astype(np.float32)) for v in (points[first], normals[first], areas))
    return points, normals, areas


def scene_points(
    shapes: Sequence[str], position: torch.Tensor, quaternion: torch.Tensor, object_id: Sequence[int]
) -> SurfacePoints:
    """Surface points of n objects.

    Args:
        shapes: Name of each object's shape.
        position: Body frames [m], world frame, shape (n, 3).
        quaternion: Orientations (x, y, z, w), shape (n, 4).
        object_id: Slot index + 1 of each, rising.

    Raises:
        ValueError: If the numbers of objects disagree, a shape is unknown or the ids do not rise.
    """
    counts = {len(shapes), len(position), len(quaternion), len(object_id)}
    if len(counts) != 1 or not shapes:
        raise ValueError(f"need as many shapes, positions, quaternions and ids, at least one; got {sorted(counts)}")
    if any(b <= a for a, b in zip([0, *object_id], object_id, strict=False)):
        raise ValueError(f"object ids must rise from 1, got {list(object_id)}")
    parts = [shape_points(name) for name in shapes]
    position, quaternion = position.float(), quaternion.float()
    return SurfacePoints(
        torch.cat([rotate(q, part[0]) + p for part, p, q in zip(parts, position, quaternion, strict=True)]),
        torch.cat([rotate(q, part[1]) for part, q in zip(parts, quaternion, strict=True)]),
        torch.cat([part[2] for part in parts]),
        torch.tensor(list(object_id)).repeat_interleave(torch.tensor([len(part[0]) for part in parts])),
    )


def _samples(triangles: np.ndarray, density: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Evenly drawn points on triangles (F, 3, 3), their normals, and the area that each stands for."""
    edges = triangles[:, 1:] - triangles[:, :1]
    cross = np.cross(edges[:, 0], edges[:, 1])
    areas = np.linalg.norm(cross, axis=1) / 2
    count = int(density * areas.sum() / SPACING**2)
    random = np.random.default_rng(0)
    chosen = np.searchsorted(np.cumsum(areas) / areas.sum(), (np.arange(count) + 0.5) / count)
    u, v = random.random((2, count, 1))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    points = triangles[chosen, 0] + u * edges[chosen, 0] + v * edges[chosen, 1]
    return points, (cross / (2 * areas[:, None]))[chosen], float(areas.sum()) / count
