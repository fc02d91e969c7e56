"""Mass, centre of mass and inertia of a solid of even density, from its surface mesh."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

BLOCK_DENSITY = 1000.0
"""Density of the blocks [kg/m^3]: a 5 cm cube weighs 125 g."""


@dataclass(frozen=True)
class MassProperties:
    """Mass properties of a rigid body in its body frame.

    Attributes:
        mass: Mass [kg].
        centre: Centre of mass (3,) [m].
        inertia: Inertia tensor (3, 3) about the centre of mass, axes of the body frame [kg m^2].
    """

    mass: float
    centre: np.ndarray
    inertia: np.ndarray

    def principal(self) -> tuple[np.ndarray, tuple[float, float, float, float]]:
        """Principal moments (3,) [kg m^2], and the turn (x, y, z, w) from the body's axes to theirs."""
        moments = np.diag(self.inertia)
        if np.abs(self.inertia - np.diag(moments)).max() <= 1e-6 * moments.max():
            return moments, (0.0, 0.0, 0.0, 1.0)
        moments, axes = principal_axes(self.inertia)
        x, y, z, w = Rotation.from_matrix(axes).as_quat().tolist()
        return moments, (x, y, z, w)


def principal_axes(inertia: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Principal moments (3,) and a rotation (3, 3) with the principal axes as columns, the nearest to the frame's."""
    moments, axes = np.linalg.eigh(inertia)
    order = np.abs(axes).argmax(axis=1)
    if len(set(order.tolist())) < 3:
        order = np.arange(3)
    moments, axes = moments[order], axes[:, order]
    axes = axes * np.where(np.diag(axes) < 0.0, -1.0, 1.0)
    axes[:, 2] *= np.sign(np.linalg.det(axes))
    return moments, axes


def mass_properties(vertices: np.ndarray, faces: np.ndarray, density: float) -> MassProperties:
    """Exact mass properties of the polyhedron inside a closed mesh.

    Sums signed tetrahedra between the origin and each face (Tonon 2004).

    Args:
        vertices: Vertices (V, 3) [m].
        faces: Triangles (F, 3), outward.
        density: Density [kg/m^3], positive.

    Raises:
        ValueError: If the density or the enclosed volume is not positive.
    """
    if not density > 0.0:
        raise ValueError(f"density must be positive [kg/m^3], got {density}")
    corners = np.asarray(vertices, dtype=np.float64)[faces]
    volumes = np.linalg.det(corners) / 6.0
    volume = volumes.sum()
    if not volume > 0.0:
        raise ValueError(f"mesh must be closed with outward faces, but encloses a volume of {volume} m^3")
    sums = corners.sum(axis=1)
    centre = (volumes[:, None] * sums).sum(axis=0) / (4.0 * volume)
    moments = np.einsum("f,fci,fcj->ij", volumes, corners, corners) + np.einsum("f,fi,fj->ij", volumes, sums, sums)
    covariance = density * (moments / 20.0 - volume * np.outer(centre, centre))
    return MassProperties(density * volume, centre, np.trace(covariance) * np.eye(3) - covariance)
