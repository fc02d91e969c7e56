"""Surface points against closed-form areas and against trimesh's signed distances."""

import math

import numpy as np
import pytest
import torch
import trimesh

from pushgrasp.grasping.labels.surface import SPACING, scene_points, shape_points
from pushgrasp.scenes.shapes import mesh, shape_named

AREAS = {
    "cube": 6 * 0.05**2,
    "slab": 2 * (0.10 * 0.05 + 0.10 * 0.025 + 0.05 * 0.025),
    "can": 2 * math.pi * 0.033 * (0.115 + 0.033),
}


@pytest.mark.parametrize("name", AREAS)
def test_areas_add_up_to_the_surface(name):
    assert float(shape_points(name)[2].sum()) == pytest.approx(AREAS[name], rel=1e-3)


@pytest.mark.parametrize("name", ["prism", "arch", "cup"])
def test_points_lie_on_the_surface_and_normals_point_outwards(name):
    body = trimesh.Trimesh(*mesh(shape_named(name)), process=False)
    points, normals, _ = (values[::40].numpy() for values in shape_points(name))
    assert np.abs(trimesh.proximity.signed_distance(body, points)).max() < 1e-6
    for distance in (0.0005, -0.0005):  # trimesh counts inside as positive; at sharp edges the step leads out again
        signed = trimesh.proximity.signed_distance(body, points + distance * normals)
        assert (np.sign(signed) == -np.sign(distance)).mean() > 0.95
        assert np.median(np.abs(signed)) == pytest.approx(0.0005, abs=1e-5)


def test_points_leave_no_gaps():
    """Every place of a face has a point within a cube's diagonal."""
    points, normals, _ = shape_points("cube")
    top = points[normals[:, 2] > 0.9]
    grid = torch.cartesian_prod(torch.linspace(-0.024, 0.024, 30), torch.linspace(-0.024, 0.024, 30))
    assert torch.cdist(grid, top[:, :2]).min(dim=1).values.max() < SPACING * math.sqrt(2)


def test_turn_about_the_table():
    surface = scene_points(["cube"], torch.tensor([[0.1, 0.0, 0.025]]), torch.tensor([[0.0, 0.0, 0.0, 1.0]]), [4])
    turned = surface.turned(math.pi / 2)
    torch.testing.assert_close(turned.point.mean(dim=0), torch.tensor([0.0, 0.1, 0.025]), atol=1e-3, rtol=0)
    torch.testing.assert_close(turned.normal[:, 1], surface.normal[:, 0], atol=1e-6, rtol=0)
    assert set(turned.object_id.tolist()) == {4}


def test_bad_scenes():
    one, turn = torch.zeros(1, 3), torch.tensor([[0.0, 0.0, 0.0, 1.0]])
    with pytest.raises(ValueError, match="as many"):
        scene_points(["cube", "cube"], one, turn, [1])
    with pytest.raises(ValueError, match="must rise"):
        scene_points(["cube"], one, turn, [0])
    with pytest.raises(ValueError, match="unknown shape"):
        scene_points(["sphere"], one, turn, [1])
