"""Start heights of drops, by hand."""

import numpy as np
import pytest
import torch
import trimesh

from pushgrasp.scenes.dropping import CELL, DROP_GAP, POINT_SPACING, let_down, surface_points
from pushgrasp.scenes.shapes import SHAPES, Shape, mesh

UPRIGHT = torch.tensor([[0.0, 0.0, 0.0, 1.0]], dtype=torch.float64)


def places(*points: tuple[float, float]) -> torch.Tensor:
    return torch.tensor(points, dtype=torch.float64)


def test_cubes_stack_with_the_gap() -> None:
    # 25 mm half height + 5 mm gap on the table; the next one 5 mm over its top at 55 mm: 55 + 5 + 25 = 85 mm
    position = let_down(["cube", "cube"], places((0.1, 0.2), (0.1, 0.2))[:, None], UPRIGHT.expand(2, 4))
    expected = [[0.1, 0.2, 0.025 + DROP_GAP], [0.1, 0.2, 0.075 + 2 * DROP_GAP]]
    np.testing.assert_allclose(position, expected, atol=1e-9)


def test_the_lower_place_is_taken() -> None:
    offers = torch.stack([places((0.0, 0.0), (0.0, 0.0)), places((0.0, 0.0), (0.2, 0.0))])
    position = let_down(["cube", "slab"], offers, UPRIGHT.expand(2, 4))
    np.testing.assert_allclose(position[1], [0.2, 0.0, 0.0125 + DROP_GAP], atol=1e-9)


def test_a_cube_beside_a_cube_stays_on_the_table() -> None:
    position = let_down(["cube", "cube"], places((0.0, 0.0), (0.05 + 3 * CELL, 0.0))[:, None], UPRIGHT.expand(2, 4))
    assert float(position[1, 2]) == pytest.approx(0.025 + DROP_GAP)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_surface_points_lie_on_the_surface_and_cover_it(shape: Shape) -> None:
    points = surface_points(shape).numpy()
    solid = trimesh.Trimesh(*mesh(shape), process=False)
    nearest = trimesh.proximity.closest_point_naive(solid, points[::7])[1]
    assert nearest.max() < 1e-9
    samples = trimesh.sample.sample_surface(solid, 500, seed=0)[0]
    gaps = np.linalg.norm(samples[:, None] - points, axis=-1).min(axis=1)
    assert gaps.max() < 1.5 * POINT_SPACING
