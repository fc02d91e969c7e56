"""Filter of noisy depth against SciPy, and what must survive it."""

import pytest
import torch
from scipy.ndimage import median_filter

from pushgrasp.perception.depth_filter import DepthFilterCfg, filter_depth

STEP = torch.full((40, 60), 2.0)
STEP[:, 30:] = 1.9


def noisy(count: int, spread: float = 0.008) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [STEP + spread * torch.randn(STEP.shape, generator=generator) for _ in range(count)]


@pytest.mark.parametrize("window", [1, 3, 5])
def test_one_picture_is_filtered_as_by_scipy(window: int) -> None:
    picture = noisy(1)
    wanted = torch.from_numpy(median_filter(picture[0].numpy(), size=window, mode="nearest"))
    assert torch.equal(filter_depth(picture, DepthFilterCfg(1, window)), wanted)


def test_noise_falls_and_edges_stay() -> None:
    filtered = filter_depth(noisy(7), DepthFilterCfg())
    assert float((filtered - STEP).std()) < 0.008 / 5  # 7 pictures of 25 pixels
    assert bool(((filtered - STEP).abs() < 0.02).all())  # nothing between the two levels, 10 cm apart


def test_holes_are_filled_from_other_pictures_only() -> None:
    pictures = [STEP.clone() for _ in range(3)]
    for picture in pictures:
        picture[10:20, 10:20] = 0.0
    pictures[0][30, 40], pictures[1][30, 40] = 0.0, torch.nan
    filtered = filter_depth(pictures, DepthFilterCfg())
    assert bool((filtered[10:20, 10:20] == 0.0).all()) and torch.equal(filtered[20:], STEP[20:])
    assert torch.equal(filtered[:10], STEP[:10])  # the hole beside does not count


@pytest.mark.parametrize(("pictures", "window", "named"), [(0, 5, "pictures=0"), (1, 4, "window=4"), (1, 0, "0")])
def test_values_without_a_meaning_are_refused(pictures: int, window: int, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        DepthFilterCfg(pictures, window)
