"""Equivariance of nets, and that plain nets take over what they compute."""

from __future__ import annotations

import sys

import pytest
import torch
from torch import nn

from pushgrasp.policies.maps.escnn_layers import escnn_module
from pushgrasp.policies.maps.oriented_net import DirectionHead, PlainLayers, UNet, put_back, take_over

SIZE, WIDTHS = 16, (1, 2)


class Net(nn.Module):
    """One map to scores of directions."""

    def __init__(self, layers, directions: int, half: bool) -> None:
        super().__init__()
        self.unet = UNet(layers, 1, 0, WIDTHS)
        self.head = DirectionHead(layers, WIDTHS[0], directions, half)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.unet(x))


def trained(net: nn.Module) -> nn.Module:
    """A net whose weights and statistics are not those of the start, in evaluation mode."""
    torch.manual_seed(1)
    optimiser = torch.optim.SGD(net.parameters(), 0.1)
    for _ in range(2):
        optimiser.zero_grad()
        net(torch.rand(2, 1, SIZE, SIZE)).square().mean().backward()
        optimiser.step()
    return net.eval()


def turned(scores: torch.Tensor, quarters: int, half: bool) -> torch.Tensor:
    """Scores of a scene turned by quarters of a turn to the left: cells move, and directions."""
    steps = quarters * scores.shape[1] // (2 if half else 4)
    return torch.rot90(scores, quarters, (2, 3)).roll(steps % scores.shape[1], 1)


@pytest.mark.parametrize(("order", "quarters"), [(4, 1), (8, 1), (12, 1), (6, 2)])
@pytest.mark.parametrize("half", [True, False])
@torch.no_grad()
def test_turned_scenes_give_turned_scores(equivariant, order: int, quarters: int, half: bool) -> None:
    directions = order if half else 2 * order
    with torch.enable_grad():
        net = trained(Net(equivariant(order), directions, half))
    x = torch.rand(2, 1, SIZE, SIZE)
    scores = net(x)
    assert float(scores.std()) > 1e-3
    torch.testing.assert_close(net(torch.rot90(x, quarters, (2, 3))), turned(scores, quarters, half), atol=1e-5, rtol=0)


def test_plain_net_takes_over_what_an_equivariant_one_computes(equivariant) -> None:
    net = trained(Net(equivariant(4), 8, False))
    plain = Net(PlainLayers(4), 8, False)
    take_over(plain, net.train())
    assert net.training and not plain.training
    x = torch.rand(3, 1, SIZE, SIZE)
    with torch.no_grad():
        torch.testing.assert_close(plain(x), net.eval()(x), atol=1e-5, rtol=0.0)


@pytest.mark.parametrize("half", [True, False])
def test_equivariant_net_gets_back_what_a_plain_one_has_taken_over(equivariant, half: bool) -> None:
    net, other = trained(Net(equivariant(4), 8, half)), Net(equivariant(4), 8, half)
    plain = Net(PlainLayers(4), 8, half)
    take_over(plain, net)
    put_back(other, plain)
    x = torch.rand(3, 1, SIZE, SIZE)
    assert other.training
    with torch.no_grad():
        torch.testing.assert_close(other.eval()(x), net.eval()(x), atol=1e-5, rtol=0.0)


def test_plain_net_gets_back_what_another_has_taken_over() -> None:
    net, other, plain = trained(Net(PlainLayers(4), 8, False)), *(Net(PlainLayers(4), 8, False) for _ in range(2))
    take_over(plain, net)
    put_back(other, plain)
    assert all(torch.equal(value, net.state_dict()[name]) for name, value in other.state_dict().items())


def test_plain_layers_are_not_equivariant() -> None:
    net = trained(Net(PlainLayers(4), 8, False))
    x = torch.rand(1, 1, SIZE, SIZE)
    with torch.no_grad():
        error = (net(torch.rot90(x, 1, (2, 3))) - turned(net(x), 1, False)).abs().max()
    assert float(error) > 1e-3


def test_directions_that_turns_do_not_lead_to_are_refused() -> None:
    with pytest.raises(ValueError, match="18 directions over 360 degrees; the group needs a multiple of 4"):
        DirectionHead(PlainLayers(4), 1, 18, half=False)


def test_missing_escnn_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "escnn", None)
    monkeypatch.delitem(sys.modules, "escnn.nn", raising=False)
    with pytest.raises(ImportError, match="make setup-epg"):
        escnn_module("nn")
