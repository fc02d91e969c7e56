"""Deprojection against hand-worked rays and SciPy rotations."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from pushgrasp.perception import deproject, project

DOWN = torch.diag(torch.tensor([1.0, -1.0, -1.0]))[None]
MATRIX = torch.tensor([[[100.0, 0.0, 2.0], [0.0, 100.0, 1.0], [0.0, 0.0, 1.0]]])


def test_pixel_centres_by_hand():
    points = deproject(torch.full((1, 2, 4), 2.0), MATRIX, DOWN, torch.tensor([[0.1, 0.2, 2.5]]))
    # pixel (row 0, col 3): x = (3.5 - 2) / 100 * 2 = 0.03, optical y = (0.5 - 1) / 100 * 2 = -0.01 -> world y + 0.01
    assert points[0, 0, 3].tolist() == pytest.approx([0.13, 0.21, 0.5], abs=1e-6)
    assert points[0, 1, 0].tolist() == pytest.approx([0.07, 0.19, 0.5], abs=1e-6)


def test_tilted_camera_matches_scipy():
    rng = np.random.default_rng(0)
    matrix = np.array([[310.0, 4.0, 33.0], [0.0, 295.0, 21.0], [0.0, 0.0, 1.0]])  # with skew
    turn, position, depth = Rotation.random(rng=rng), rng.normal(size=3), rng.uniform(0.5, 2.0, (40, 60))
    rows, cols = np.mgrid[:40, :60] + 0.5
    optical = np.stack((cols, rows, np.ones_like(rows)), axis=-1) @ np.linalg.inv(matrix).T * depth[..., None]
    expected = turn.apply(optical.reshape(-1, 3)).reshape(40, 60, 3) + position
    camera = [torch.from_numpy(value)[None] for value in (matrix, turn.as_matrix(), position)]
    points = deproject(torch.from_numpy(depth)[None], *camera)
    np.testing.assert_allclose(points[0].numpy(), expected, atol=1e-12)
    pixels, distance = project(points, *camera)
    np.testing.assert_allclose(pixels[0].numpy(), np.stack((cols, rows), axis=-1), atol=1e-9)
    np.testing.assert_allclose(distance[0].numpy(), depth, atol=1e-12)


def test_no_return_is_not_finite():
    depth = torch.tensor([[[torch.nan, torch.inf, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]]])
    finite = deproject(depth, MATRIX, DOWN, torch.zeros(1, 3)).isfinite().all(dim=-1)
    assert finite.tolist() == [[[False, False, True, True], [True] * 4]]


def test_bad_cameras_are_refused():
    depth, position = torch.ones(1, 2, 4), torch.zeros(1, 3)
    with pytest.raises(ValueError, match="depth"):
        deproject(depth[0], MATRIX, DOWN, position)
    with pytest.raises(ValueError, match="depth"):
        deproject(depth.long(), MATRIX, DOWN, position)
    with pytest.raises(ValueError, match="rotation"):
        deproject(depth, MATRIX, DOWN[0], position)
    with pytest.raises(ValueError, match="position must be finite"):
        deproject(depth, MATRIX, DOWN, position * torch.nan)
    with pytest.raises(ValueError, match="focal"):
        deproject(depth, MATRIX * 0.0, DOWN, position)
    with pytest.raises(ValueError, match="points"):
        project(torch.zeros(3), MATRIX, DOWN, position)
