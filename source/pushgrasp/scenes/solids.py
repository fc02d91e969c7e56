"""Solids that shapes are made of: boxes, cylinders, convex hulls, surfaces of revolution and meshes."""

from dataclasses import dataclass
from math import pi

import numpy as np
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation

Vector = tuple[float, float, float]
AXES = ("x", "y", "z")


@dataclass(frozen=True)
class Box:
    """Box of a size (x, y, z) [m] about a centre [m], turned about it by a quaternion (x, y, z, w), if there is one."""

    size: Vector
    centre: Vector = (0.0, 0.0, 0.0)
    quaternion: tuple[float, float, float, float] | None = None

    @property
    def corners(self) -> np.ndarray:
        """Corners (8, 3) [m]."""
        signs = np.array([(x, y, z) for z in (-0.5, 0.5) for y in (-0.5, 0.5) for x in (-0.5, 0.5)])
        turn = Rotation.identity() if self.quaternion is None else Rotation.from_quat(self.quaternion)
        return turn.apply(signs * self.size) + self.centre


@dataclass(frozen=True)
class Cylinder:
    """Cylinder about a centre [m] along one of the axes x, y and z.

    Raises:
        ValueError: If the axis is none of these.
    """

    radius: float
    height: float
    centre: Vector = (0.0, 0.0, 0.0)
    axis: str = "z"

    def __post_init__(self) -> None:
        if self.axis not in AXES:
            raise ValueError(f"unknown axis {self.axis!r} of a cylinder; axes: {', '.join(AXES)}")

    def rims(self, segments: int) -> np.ndarray:
        """Points (2, segments, 3) [m] on the lower and the upper rim."""
        angle = np.arange(segments) * 2 * pi / segments
        circle = self.radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        rims = np.stack([np.insert(circle, 2, side * self.height / 2, axis=1) for side in (-1, 1)])
        return np.roll(rims, AXES.index(self.axis) + 1, axis=-1) + self.centre


@dataclass(frozen=True)
class Hull:
    """Convex hull of some points [m].

    Attributes:
        points: The points; where `extruded`, first those on one end plane and then as many opposite them.
        extruded: Whether the hull is an extruded polygon.
    """

    points: tuple[Vector, ...]
    extruded: bool = False

    @property
    def corners(self) -> np.ndarray:
        """The points (P, 3) [m]."""
        return np.array(self.points)


@dataclass(frozen=True)
class Revolved:
    """Surface of revolution about z of a closed profile of points (radius, z) [m], counter-clockwise, radii >= 0."""

    profile: tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class Surface:
    """Closed triangle mesh: vertices (V, 3) [m] and faces (F, 3), outward."""

    vertices: np.ndarray
    faces: np.ndarray


Primitive = Box | Cylinder | Hull
Solid = Box | Cylinder | Hull | Revolved | Surface


def corner_points(solid: Primitive, segments: int = 32) -> np.ndarray:
    """Points (P, 3) [m] whose convex hull is the solid; a cylinder becomes a prism of that many sides."""
    return solid.rims(segments).reshape(-1, 3) if isinstance(solid, Cylinder) else solid.corners


def solid_mesh(solid: Solid, segments: int = 96) -> tuple[np.ndarray, np.ndarray]:
    """Watertight triangle mesh.

    Returns:
        Vertices (V, 3) float64 [m], and faces (F, 3) int64 with outward normals.
    """
    if isinstance(solid, Surface):
        return solid.vertices, solid.faces
    if isinstance(solid, Revolved):
        return _revolved_mesh(np.array(solid.profile), segments)
    return hull_mesh(corner_points(solid, segments))


def hull_mesh(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mesh of the convex hull of points (P, 3), as :func:`solid_mesh`."""
    hull = ConvexHull(points)
    used, faces = np.unique(hull.simplices, return_inverse=True)
    vertices, faces = points[used], faces.reshape(-1, 3)
    corners = vertices[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    inward = (normals * hull.equations[:, :3]).sum(axis=1) < 0.0
    faces[inward] = faces[inward][:, ::-1]
    return vertices, faces.astype(np.int64)


def _revolved_mesh(profile: np.ndarray, segments: int) -> tuple[np.ndarray, np.ndarray]:
    """Rings of vertices, one per point of the profile; a point on the axis is one vertex."""
    angle = np.arange(segments) * 2 * pi / segments
    vertices, rings = [], []
    for radius, z in profile:
        count = segments if radius > 0.0 else 1
        rings.append(sum(map(len, vertices)) + np.arange(segments) % count)
        ring = np.stack([radius * np.cos(angle), radius * np.sin(angle), np.full(segments, z)], axis=1)
        vertices.append(ring[:count])
    faces = []
    for lower, upper in zip(rings, rings[1:] + rings[:1], strict=True):
        ahead, above = np.roll(lower, -1), np.roll(upper, -1)
        faces += [np.stack([lower, ahead, above], axis=1), np.stack([lower, above, upper], axis=1)]
    triangles = np.concatenate(faces)
    distinct = (triangles != np.roll(triangles, 1, axis=1)).all(axis=1)
    return np.concatenate(vertices), triangles[distinct].astype(np.int64)
