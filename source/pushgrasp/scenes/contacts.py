"""How far apart a scene's objects are from each other and from the table, without a physics engine."""

from functools import cache
from itertools import combinations

import numpy as np
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation

from pushgrasp.scenes.collision import collision_primitives
from pushgrasp.scenes.dropping import surface_points
from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.shapes import Shape, shape_named
from pushgrasp.scenes.solids import corner_points

REACH = 0.02
"""Distances above this are not measured [m]: what is further apart does not touch."""


def table_gaps(scene: Scene) -> np.ndarray:
    """Height (n,) [m] of each object's lowest point above the table; negative below it."""
    turns = (Rotation.from_quat(item.quaternion) for item in scene.objects)
    points = (
        turn.apply(surface_points(shape_named(o.shape)).numpy()) for turn, o in zip(turns, scene.objects, strict=True)
    )
    return np.array([p[:, 2].min() + o.position[2] for p, o in zip(points, scene.objects, strict=True)])


def gaps(scene: Scene) -> np.ndarray:
    """Distance (n, n) [m] between objects, capped at :data:`REACH`; negative by the depth of an overlap.

    Points about 3 mm apart on the surface of one object are held against the planes of the other's convex parts, both
    ways round, and the greater distance or the deeper overlap counts. Depths are exact for faces and too small by up to
    a millimetre for crossing edges; distances between edges come out a little too small.
    """
    count = len(scene.objects)
    result = np.full((count, count), REACH)
    radius = [shape_named(item.shape).bounding_radius for item in scene.objects]
    centre = np.array([item.position for item in scene.objects])
    for i, j in combinations(range(count), 2):
        if np.linalg.norm(centre[i] - centre[j]) < radius[i] + radius[j] + REACH:
            both = _gap(scene, i, j), _gap(scene, j, i)
            result[i, j] = result[j, i] = min(both) if min(both) < 0.0 else max(both)
    return result


def supported(gap: np.ndarray, table: np.ndarray, tolerance: float) -> np.ndarray:
    """Which objects (n,) touch the table or, directly or through others, something that does.

    Args:
        gap: Distances (n, n) [m] between the objects.
        table: Distances (n,) [m] from the table.
        tolerance: What counts as touching [m].
    """
    held = table <= tolerance
    touching = (gap <= tolerance) & ~np.eye(len(held), dtype=bool)
    for _ in range(len(held)):
        held = held | (touching & held).any(axis=1)
    return held


def _gap(scene: Scene, moving: int, fixed: int) -> float:
    """Least distance [m] of the surface points of one object from the convex parts of another."""
    one, other = scene.objects[moving], scene.objects[fixed]
    points = Rotation.from_quat(one.quaternion).apply(_points(shape_named(one.shape))) + one.position
    points = Rotation.from_quat(other.quaternion).inv().apply(points - np.array(other.position))
    half = np.array(shape_named(other.shape).size) / 2 + REACH
    points = points[(np.abs(points) < half).all(axis=1)]
    if not len(points):
        return REACH
    return min(float((points @ p[:, :3].T + p[:, 3]).max(axis=1).min()) for p in _planes(shape_named(other.shape)))


@cache
def _points(shape: Shape) -> np.ndarray:
    """Points (P, 3) on the surface, and the middles of the convex parts: equal objects in one place share surfaces."""
    middles = [corner_points(part).mean(axis=0) for part in collision_primitives(shape)]
    return np.concatenate([surface_points(shape).numpy(), middles])


@cache
def _planes(shape: Shape) -> tuple[np.ndarray, ...]:
    """Outward planes (m, 4) of each convex part of a shape."""
    parts = (corner_points(part) for part in collision_primitives(shape))
    return tuple(np.unique(np.round(ConvexHull(part).equations, 9), axis=0) for part in parts)
