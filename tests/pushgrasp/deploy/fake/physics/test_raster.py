"""The z-buffer against areas and depths worked out by hand, and against the library's other one."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pushgrasp.deploy.fake.physics.raster import NOTHING, Lens, rasterise
from pushgrasp.scenes.generators import cluttered
from pushgrasp.scenes.rotations import rotate
from pushgrasp.scenes.shapes import mesh, shape_named
from pushgrasp.scenes.visibility import OverheadView, inverse_depth

LENS = Lens(64, 48, 80.0)
BESIDE = np.array([9.0, 0.0, 0.0])


def plate(depth: float, x: float = 0.5, y: float = 0.25) -> np.ndarray:
    """Two triangles that face the camera: a plate of twice x by twice y [m]."""
    a, b, c, d = ((-x, -y, depth), (-x, y, depth), (x, y, depth), (x, -y, depth))
    return np.array([(a, b, c), (a, c, d)])


def test_a_plate_covers_the_pixels_whose_centres_it_covers() -> None:
    number, depth = rasterise(plate(2.0), LENS)
    seen = number != NOTHING
    # 1 m x 0.5 m at 2 m with 80 pixels focal length: 40 x 20 pixels about the middle, and no gap at the diagonal
    assert seen.sum() == 40 * 20
    assert seen[14:34, 12:52].all()
    np.testing.assert_array_equal(depth, np.where(seen, np.float32(2.0), 0.0))


def test_the_nearest_is_seen_in_whichever_order() -> None:
    far, near = plate(2.0), plate(1.0, 0.1, 0.1)
    for triangles, expected in ((np.concatenate((far, near)), {2, 3}), (np.concatenate((near, far)), {0, 1})):
        number, depth = rasterise(triangles, LENS)
        middle = number[16:32, 24:40]  # 0.2 m at 1 m are 16 pixels
        assert set(middle.ravel().tolist()) == expected
        assert (depth[16:32, 24:40] == 1.0).all()
        assert (depth == 2.0).sum() == 40 * 20 - 16 * 16


def test_depth_of_a_slanted_plate_is_that_of_each_ray() -> None:
    triangles = plate(2.0)
    triangles[..., 2] += triangles[..., 0]  # z = 2 + x
    number, depth = rasterise(triangles, LENS)
    rows, columns = np.nonzero(number != NOTHING)
    slope = (columns + 0.5 - 32) / 80.0  # x = slope z, so z = 2 / (1 - slope)
    np.testing.assert_allclose(depth[rows, columns], 2.0 / (1.0 - slope), rtol=1e-6)


@pytest.mark.parametrize(
    "triangles", [plate(2.0)[:, ::-1], plate(-2.0), plate(0.01), plate(2.0) + BESIDE, plate(2.0)[:0]]
)
def test_what_faces_away_is_behind_or_beside_is_not_seen(triangles: np.ndarray) -> None:
    number, depth = rasterise(triangles, LENS)
    assert (number == NOTHING).all()
    assert (depth == 0.0).all()


def test_a_heap_looks_as_in_the_librarys_other_z_buffer() -> None:
    scene, view = cluttered(torch.Generator().manual_seed(3), 12), OverheadView()
    position, quaternion = scene.poses()
    corners = []
    for item, place, turn in zip(scene.objects, position, quaternion, strict=True):
        vertices, faces = mesh(shape_named(item.shape))
        corners.append((rotate(turn, torch.from_numpy(vertices)) + place)[faces])
    triangles = torch.cat(corners)
    other = inverse_depth(view, triangles).numpy()
    seen = (triangles.numpy() - (0.0, 0.0, view.height)) * (1.0, -1.0, -1.0)
    number, depth = rasterise(seen, Lens(view.pixels, view.pixels, view.pixels * view.height / view.field))
    assert ((number != NOTHING) != (other > 0.0)).sum() <= 2  # a centre exactly on an edge
    both = (number != NOTHING) & (other > 0.0)
    assert both.sum() > 1000
    assert np.quantile(np.abs(depth[both] - 1.0 / other[both]), 0.999) < 1e-6


def test_a_lens_needs_pixels() -> None:
    with pytest.raises(ValueError, match="focal of a lens must be positive, got 0"):
        Lens(64, 48, 0.0)
