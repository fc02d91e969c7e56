"""Mass properties against trimesh and textbook inertias."""

import numpy as np
import pytest
import trimesh

from pushgrasp.scenes.mass import mass_properties
from pushgrasp.scenes.shapes import SHAPES, Shape, mesh


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_agrees_with_trimesh(shape: Shape) -> None:
    vertices, faces = mesh(shape)
    offset = np.array([0.3, -0.2, 0.7])  # the result must not depend on where the origin is
    ours = mass_properties(vertices + offset, faces, 700.0)
    solid = trimesh.Trimesh(vertices + offset, faces, process=False)
    solid.density = 700.0
    assert ours.mass == pytest.approx(solid.mass, rel=1e-9)
    np.testing.assert_allclose(ours.centre, solid.center_mass, atol=1e-12)
    np.testing.assert_allclose(ours.inertia, solid.moment_inertia, atol=1e-12)


def test_cuboid_by_hand() -> None:
    # m = 1000 * 0.1 * 0.05 * 0.05 = 0.25 kg; Ixx = m (0.05^2 + 0.05^2) / 12, Iyy = Izz = m (0.1^2 + 0.05^2) / 12
    result = mass_properties(*mesh(SHAPES["cuboid"]), 1000.0)
    assert result.mass == pytest.approx(0.25)
    np.testing.assert_allclose(result.inertia, np.diag([1.041667e-4, 2.604167e-4, 2.604167e-4]), rtol=1e-6, atol=1e-15)


def test_half_cylinder_centre_by_hand() -> None:
    # centroid of a half disc: 4 r / (3 pi) = 10.61 mm over the flat face, which lies 12.5 mm under the box's centre
    result = mass_properties(*mesh(SHAPES["half_cylinder"]), 1000.0)
    np.testing.assert_allclose(result.centre, [0.0, 0.0, -0.00189], atol=5e-6)


def test_inward_mesh_and_bad_density_are_refused() -> None:
    vertices, faces = mesh(SHAPES["cube"])
    with pytest.raises(ValueError, match="outward"):
        mass_properties(vertices, faces[:, ::-1], 1000.0)
    for density in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="density must be positive"):
            mass_properties(vertices, faces, density)
