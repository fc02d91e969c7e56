"""Rays, distances and meshes of the miniature dataset: thin use of open3d and trimesh."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from pushgrasp.grasping.graspnet.package import graspnet_module
from pushgrasp.scenes.shapes import mesh, shape_named

EDGE = 0.005
"""Longest edge of the dense meshes [m]: evaluation takes their vertices as the surface."""


@dataclass(frozen=True)
class Hits:
    """Where rays meet a surface first.

    Attributes:
        distance: Along the ray [m], infinite where nothing is met, shape (N,).
        normal: Unit normal of the triangle, shape (N, 3).
        body: Number of the mesh, -1 for none, shape (N,).
    """

    distance: np.ndarray
    normal: np.ndarray
    body: np.ndarray


@cache
def shape_mesh(name: str) -> Any:  # trimesh.Trimesh; its stubs are not complete
    """Dense watertight mesh of a shape of this project, as a ``trimesh.Trimesh``."""
    trimesh = graspnet_module("trimesh")
    vertices, faces = trimesh.remesh.subdivide_to_size(*mesh(shape_named(name), segments=16), max_edge=EDGE)
    return trimesh.Trimesh(vertices, faces, process=False)


class Rays:
    """Meshes that rays can be cast at."""

    def __init__(self, meshes: list[tuple[np.ndarray, np.ndarray]]) -> None:
        """Take the vertices (V, 3) [m] and faces (F, 3) of each mesh, all in one frame."""
        self._open3d = graspnet_module("open3d")
        self._scene = self._open3d.t.geometry.RaycastingScene()
        for vertices, faces in meshes:
            self._scene.add_triangles(self._tensor(vertices), self._open3d.core.Tensor(faces.astype(np.uint32)))

    def cast(self, origin: np.ndarray, direction: np.ndarray) -> Hits:
        """First hits of rays from points (N, 3) [m] along directions (N, 3)."""
        found = self._scene.cast_rays(self._tensor(np.concatenate([origin, direction], axis=1)))
        ids = found["geometry_ids"].numpy()
        missed = ids == self._scene.INVALID_ID
        normal = found["primitive_normals"].numpy().astype(np.float64)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True).clip(min=1e-12)
        return Hits(found["t_hit"].numpy().astype(np.float64), normal, np.where(missed, -1, ids.astype(np.int64)))

    def signed_distance(self, points: np.ndarray) -> np.ndarray:
        """Distances [m] of points (N, 3) from the surface, negative inside."""
        return self._scene.compute_signed_distance(self._tensor(points)).numpy().astype(np.float64)

    def _tensor(self, values: np.ndarray) -> Any:  # open3d comes without types
        return self._open3d.core.Tensor(np.ascontiguousarray(values, dtype=np.float32))
