"""Meshes of solids against closed forms and trimesh."""

from math import pi

import numpy as np
import pytest
import trimesh

from pushgrasp.scenes.solids import Box, Cylinder, Hull, Revolved, Solid, corner_points, solid_mesh

QUARTER = 0.5**0.5


@pytest.mark.parametrize(
    ("solid", "volume", "low", "high"),
    [
        (Box((0.1, 0.2, 0.3), (1.0, 0.0, 0.0)), 0.006, (0.95, -0.1, -0.15), (1.05, 0.1, 0.15)),
        # a quarter turn about z swaps x and y
        (
            Box((0.1, 0.2, 0.3), (0.0, 0.0, 0.0), (0, 0, QUARTER, QUARTER)),
            0.006,
            (-0.1, -0.05, -0.15),
            (0.1, 0.05, 0.15),
        ),
        (Cylinder(0.1, 0.4, axis="x"), pi * 0.004, (-0.2, -0.1, -0.1), (0.2, 0.1, 0.1)),
        (Cylinder(0.1, 0.4, (0.0, 0.0, 1.0), "y"), pi * 0.004, (-0.1, -0.2, 0.9), (0.1, 0.2, 1.1)),
        (Hull(((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))), 1 / 6, (0, 0, 0), (1, 1, 1)),
        # a cone frustum: pi h / 3 (R^2 + R r + r^2)
        (Revolved(((0, 0), (0.2, 0), (0.1, 0.3), (0, 0.3))), pi * 0.1 * 0.07, (-0.2, -0.2, 0), (0.2, 0.2, 0.3)),
        # a ring of square section: 2 pi * 0.15 * 0.1 * 0.1
        (Revolved(((0.1, 0), (0.2, 0), (0.2, 0.1), (0.1, 0.1))), 0.003 * pi, (-0.2, -0.2, 0), (0.2, 0.2, 0.1)),
    ],
)
def test_mesh_is_a_closed_solid_of_the_right_size(solid: Solid, volume: float, low: tuple, high: tuple) -> None:
    body = trimesh.Trimesh(*solid_mesh(solid), process=False)
    assert body.is_watertight
    assert body.is_winding_consistent
    assert body.volume == pytest.approx(volume, rel=1e-3)  # 96 facets lose 0.07 % of a circle
    np.testing.assert_allclose(body.bounds, [low, high], atol=1e-9)


def test_corner_points_span_the_solid() -> None:
    assert trimesh.convex.convex_hull(corner_points(Cylinder(0.1, 0.2))).volume == pytest.approx(pi * 0.002, rel=0.01)


def test_unknown_axis_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown axis 'w' of a cylinder; axes: x, y, z"):
        Cylinder(0.1, 0.2, axis="w")
