"""On which faces a block rests steadily on a table."""

from dataclasses import dataclass
from functools import cache
from math import cos, radians

import numpy as np
import torch
from scipy.spatial import ConvexHull

from pushgrasp.scenes.mass import mass_properties
from pushgrasp.scenes.rotations import rotate, shortest_arc
from pushgrasp.scenes.shapes import Shape, convex_parts, mesh
from pushgrasp.scenes.solids import Surface

STEADY_ANGLE = radians(20.0)
"""Least tilt at which a block that is called steady tips over [rad]."""
UNEVEN = 5e-4
"""What stands up by less than this under an own object is taken to touch the table [m]: meshes are seldom flat."""


@dataclass(frozen=True)
class RestingPoses:
    """The K steady poses of a block on a table, to which any yaw may be added.

    Attributes:
        quaternion: Orientations (K, 4) (x, y, z, w), float64; the first is the least turned, for blocks the identity.
        height: Height of the body frame (K,) [m] at which the lowest point touches z = 0.
        radius: Radius (K,) [m] about the body frame of the upright cylinder that holds the block.
    """

    quaternion: torch.Tensor
    height: torch.Tensor
    radius: torch.Tensor


@cache
def resting_poses(shape: Shape) -> RestingPoses:
    """Poses on each face of the block's convex hull that it does not easily tip from.

    An own object stands on its collision parts; one that can stand nowhere, such as a ball, gets its unturned pose.
    """
    vertices, faces = mesh(shape)
    centre = mass_properties(vertices, faces, density=1.0).centre
    uneven = any(isinstance(solid, Surface) for solid in shape.solids)
    vertices = np.concatenate(convex_parts(shape)) if uneven else vertices
    normals = _steady_normals(vertices, centre, UNEVEN if uneven else 1e-6)
    normals.sort(key=lambda normal: float(normal[2]))
    down = torch.tensor([0.0, 0.0, -1.0], dtype=torch.float64)
    quaternion = shortest_arc(torch.as_tensor(np.array(normals)), down.expand(len(normals), 3))
    points = rotate(quaternion[:, None], torch.as_tensor(vertices))
    return RestingPoses(quaternion, -points[..., 2].amin(dim=1), points[..., :2].norm(dim=-1).amax(dim=1))


def _steady_normals(vertices: np.ndarray, centre: np.ndarray, uneven: float) -> list[np.ndarray]:
    """Downward normals of the steady poses; of faces that are all but parallel the one that tips last."""
    normals = _hull_normals(vertices)
    angles = np.array([_tipping_angle(vertices, centre, normal, uneven) for normal in normals])
    steady: list[int] = []
    for index in np.argsort(-angles):
        apart = all(float(normals[index] @ normals[other]) < cos(STEADY_ANGLE / 2) for other in steady)
        if angles[index] > STEADY_ANGLE and apart:
            steady.append(int(index))
    return [normals[index] for index in sorted(steady)] or [np.array([0.0, 0.0, -1.0])]


def _hull_normals(vertices: np.ndarray) -> np.ndarray:
    """Outward unit normals (K, 3) of the convex hull's faces, coplanar triangles counted once."""
    return np.unique(np.round(ConvexHull(vertices).equations[:, :3], 9) + 0.0, axis=0)


def _tipping_angle(vertices: np.ndarray, centre: np.ndarray, normal: np.ndarray, uneven: float) -> float:
    """Smallest tilt [rad] that tips the block off the face with that normal; negative if it cannot stand there."""
    heights = vertices @ -normal
    side = np.linalg.svd(normal[None])[2][1:]
    support = ConvexHull(vertices[heights < heights.min() + uneven] @ side.T)
    margin = -(support.equations[:, :2] @ (side @ centre) + support.equations[:, 2]).max()
    return float(np.arctan2(margin, centre @ -normal - heights.min()))
