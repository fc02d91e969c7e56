"""Masks against SciPy's morphology and hand-worked shapes."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from pushgrasp.perception import centroid, contour_radius, dilate, is_visible, object_mask, scale_mask, target_mask


def block(rows: slice, cols: slice, size: tuple[int, int] = (40, 50)) -> torch.Tensor:
    mask = torch.zeros(1, *size, dtype=torch.bool)
    mask[0, rows, cols] = True
    return mask


def disc(radius: float) -> np.ndarray:
    reach = int(radius)
    rows, cols = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return np.hypot(rows, cols) <= radius + 1e-9


def test_target_and_object_masks():
    ids = torch.tensor([[[0, 1], [2, 2]], [[3, 3], [0, 1]]])
    assert target_mask(ids, torch.tensor([2, 3])).tolist() == [
        [[False, False], [True, True]],
        [[True, True], [False, False]],
    ]
    height = torch.tensor([[[0.1, 0.1], [0.005, 0.006]], [[0.0, 0.02], [0.3, 0.02]]])
    assert object_mask(ids, height).tolist() == [[[False, True], [False, True]], [[False, True], [False, True]]]
    assert object_mask(ids, height, 0.02).tolist() == [
        [[False, True], [False, False]],
        [[False, False], [False, False]],
    ]


def test_target_mask_refuses_the_background_and_wrong_shapes():
    ids = torch.zeros(2, 3, 3, dtype=torch.long)
    with pytest.raises(ValueError, match="at least 1"):
        target_mask(ids, torch.tensor([1, 0]))
    with pytest.raises(ValueError, match="target_id"):
        target_mask(ids, torch.tensor([1]))
    with pytest.raises(ValueError, match="alike"):
        object_mask(ids, torch.zeros(2, 3, 4))


@pytest.mark.parametrize("radius", [0.0, 0.9, 1.0, 1.5, 5.0, 13**0.5, 6.72, 33.6, 90.0])
def test_dilation_matches_scipy(radius):
    mask = torch.rand(3, 40, 50, generator=torch.Generator().manual_seed(0)) > 0.99
    mask[2] = False
    expected = [ndimage.binary_dilation(one, disc(radius)) if one.any() else one for one in mask.numpy()]
    assert np.array_equal(dilate(mask, radius).numpy(), np.stack(expected))


def test_scaling_by_hand():
    # 10 x 4 block about (14.5, 21.5); its edges scale from 5 and 2 to 7.5 and 3 cells: rows 7..21, cols 19..24
    grown = scale_mask(block(slice(10, 20), slice(20, 24)), 1.5)
    assert torch.equal(grown, block(slice(7, 22), slice(19, 25)))
    # by 2 at the border: rows 0..9 -> -5..14, cut off
    assert torch.equal(scale_mask(block(slice(0, 10), slice(20, 24)), 2.0), block(slice(0, 15), slice(18, 26)))


def test_scaling_scales_areas_and_keeps_the_identity():
    rows, cols = np.mgrid[:224, :224]
    mask = torch.from_numpy(np.hypot(rows - 100.3, cols - 80.7) < 30.0)[None]
    assert torch.equal(scale_mask(mask, 1.0), mask)
    for factor in (0.5, 1.5, 2.0):
        assert scale_mask(mask, factor).sum() == pytest.approx(np.pi * (30 * factor) ** 2, rel=0.02)


def test_centroid_and_radius_match_scipy():
    mask = torch.rand(4, 40, 50, generator=torch.Generator().manual_seed(1)) > 0.98
    for one, centre, radius in zip(mask.numpy(), centroid(mask), contour_radius(mask), strict=True):
        expected = ndimage.center_of_mass(one)
        assert centre.tolist() == pytest.approx(expected, rel=1e-5)
        assert radius.item() == pytest.approx(np.linalg.norm(np.argwhere(one) - expected, axis=1).max(), rel=1e-5)


def test_empty_masks_are_harmless():
    empty = torch.zeros(2, 40, 51, dtype=torch.bool)
    assert centroid(empty).tolist() == [[19.5, 25.0]] * 2
    assert contour_radius(empty).tolist() == [0.0, 0.0]
    assert not scale_mask(empty, 1.5).any() and not dilate(empty, 3.0).any() and not is_visible(empty).any()


def test_visibility_threshold():
    mask = torch.cat((block(slice(0, 3), slice(0, 3)), block(slice(0, 2), slice(0, 5))))  # 9 and 10 cells
    assert is_visible(mask).tolist() == [False, True]
    assert is_visible(mask, min_cells=9).tolist() == [True, True]


def test_bad_input_is_refused():
    mask = block(slice(0, 3), slice(0, 3))
    for call in (centroid, contour_radius, is_visible, lambda m: dilate(m, 1.0), lambda m: scale_mask(m, 1.5)):
        for bad in (mask[0], mask.float()):
            with pytest.raises(ValueError, match="mask must be bool"):
                call(bad)
    for radius in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="radius_cells"):
            dilate(mask, radius)
    for factor in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="factor"):
            scale_mask(mask, factor)
