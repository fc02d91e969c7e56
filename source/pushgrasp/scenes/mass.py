"""Mass, centre of mass and inertia of a solid of even density, from its surface mesh."""

from dataclasses import dataclass

import numpy as np

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
