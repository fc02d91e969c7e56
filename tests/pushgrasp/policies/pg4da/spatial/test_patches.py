"""Networks that read swaths and profiles."""

import pytest
import torch

from pushgrasp.policies.pg4da.spatial.surroundings import FEATURES, FLIPS, ProfileNet, SwathNet


@pytest.mark.parametrize("axes", FLIPS)
def test_jaws_have_no_left_and_right_no_front_and_back(axes: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    net, profile = ProfileNet(), torch.randn(5, 2, 33, 3)
    features = net(profile)
    assert features.shape == (5, FEATURES) and float(features.detach().std()) > 1e-3
    torch.testing.assert_close(net(profile.flip(axes)), features)


def test_the_order_along_the_closing_axis_matters() -> None:
    torch.manual_seed(0)
    net, profile = ProfileNet(), torch.randn(5, 2, 33, 3)
    assert float((net(profile.roll(5, dims=2)) - net(profile)).detach().abs().amax()) > 1e-3


def test_swaths_have_a_left_and_a_right() -> None:
    torch.manual_seed(0)
    net, swath = SwathNet(), torch.randn(5, 2, 14, 10)
    assert net(swath).shape == (5, FEATURES) and float((net(swath.flip(3)) - net(swath)).detach().abs().amax()) > 1e-3
