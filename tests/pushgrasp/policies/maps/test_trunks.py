"""Nets that look along each direction: which way a direction points, and that turned pictures give turned maps."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from pushgrasp.policies.maps.trunks import TRUNKS, TurnedNet


class LookAhead(nn.Module):
    """Features of a turned picture of 64 cells: how high it is on average one cell of 32 further along the columns."""

    channels = 1

    def forward(self, picture: Tensor) -> Tensor:
        heights = nn.functional.avg_pool2d(picture[:, :1], 32)
        return nn.functional.pad(heights[..., 1:], (0, 1))


def looking_ahead(directions: int, half: bool = False) -> TurnedNet:
    net = TurnedNet("mobilenet_v3", directions, half, zoom=1.0)
    net.trunks, net.head = LookAhead(), nn.Sequential()
    return net


def picture(row: slice, col: slice, size: int = 45) -> Tensor:
    """A picture of 45 cells, which turned ones of 64 hold: 45 times the root of 2 is 63.6."""
    maps = torch.zeros(1, 6, size, size)
    maps[:, 0, row, col] = 1.0
    return maps


AHEAD = 0.875 * (22 / 32) * (22.5 / 32)
"""In the middle row, 12 columns behind the middle: the turned picture has two features along a side, 32 cells apart.

The one ahead covers 32 columns, 22 of them high, and 32 rows, 22.5 of them in the picture. The cell is 4 columns from
the feature behind, which looks at it, and 28 from the one that sees nothing ahead.
"""


def test_a_direction_is_counted_from_columns_against_rows() -> None:
    right, top = picture(slice(None), slice(23, None)), picture(slice(22), slice(None))
    ahead = looking_ahead(4)(right)[0, :, 22, 10]
    assert float(ahead[0]) == pytest.approx(AHEAD, abs=0.01) and float(ahead[2]) < 0.01
    ahead = looking_ahead(4)(top)[0, :, 34, 22]  # a quarter turn, direction 1, leads to smaller rows
    assert float(ahead[1]) == pytest.approx(AHEAD, abs=0.01) and float(ahead[3]) < 0.01


def test_half_turns_hold_half_the_directions() -> None:
    ahead = looking_ahead(2, half=True)(picture(slice(22), slice(None)))[0]
    assert ahead.shape == (2, 45, 45)
    assert float(ahead[1, 34, 22]) == pytest.approx(AHEAD, abs=0.01)  # 0 and 90 degrees


@pytest.mark.parametrize("trunks", TRUNKS)
def test_turned_pictures_give_turned_maps(trunks: str) -> None:
    torch.manual_seed(0)
    net = TurnedNet(trunks, 4, half=False, zoom=1.0).eval()
    seen = nn.functional.interpolate(torch.rand(1, 6, 4, 4), size=(40, 40), mode="bilinear")
    with torch.inference_mode():
        maps, turned = net(seen), net(torch.rot90(seen, 1, (2, 3)))
    assert maps.shape == (1, 4, 40, 40) and float(maps.std()) > 0.0
    torch.testing.assert_close(turned, torch.rot90(maps, 1, (2, 3)).roll(1, dims=1), atol=1e-5, rtol=1e-3)


def test_an_eighth_turn_gives_maps_turned_by_it_within_what_resampling_loses() -> None:
    rows, cols = torch.meshgrid(torch.linspace(-1, 1, 45), torch.linspace(-1, 1, 45), indexing="ij")

    def bump(row: float, col: float) -> Tensor:
        return picture(slice(0), slice(0)) + torch.exp(-20.0 * ((rows - row) ** 2 + (cols - col) ** 2))

    net, far = looking_ahead(8), 0.5**0.5 * 0.5
    straight, turned = net(bump(0.0, 0.5))[0, 0, 22, 22], net(bump(-far, far))[0, 1, 22, 22]
    assert float(straight) > 0.01
    torch.testing.assert_close(turned, straight, atol=0.0, rtol=0.02)


def test_pictures_without_colours_are_refused() -> None:
    with pytest.raises(ValueError, match="pictures of 3 channels; the trunks need 6"):
        looking_ahead(4)(torch.zeros(1, 3, 45, 45))


def test_unknown_trunks_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown trunks 'resnet'; trunks: densenet121, mobilenet_v3"):
        TurnedNet("resnet", 4, half=False)
