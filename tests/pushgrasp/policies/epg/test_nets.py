"""Equivariance of GraspNet and PushNet, invariance of CriticNet, and what nets they are."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.policies.epg.cfg import NetsCfg
from pushgrasp.policies.epg.nets import CriticNet, GraspNet, PushNet
from pushgrasp.policies.epg.weights import Nets
from pushgrasp.policies.maps.masks import mask_places, object_masks
from pushgrasp.policies.maps.oriented_net import PlainLayers

SIZE, WIDTHS = 16, (2, 2)
GROUPS = [(4, 1), (8, 1), (12, 1), (6, 2)]
"""Orders of groups, and the quarters of a turn that they hold and a grid has exactly."""


def settled(net: torch.nn.Module, *inputs: torch.Tensor) -> torch.nn.Module:
    """The net after its normalisation has seen something, in evaluation mode."""
    with torch.no_grad():
        for _ in range(20):
            net.train()(*inputs)
    return net.eval()


def scene() -> tuple[torch.Tensor, torch.Tensor]:
    """Heights and ids of two scenes of three objects."""
    torch.manual_seed(2)
    ids = torch.zeros(2, SIZE, SIZE, dtype=torch.long)
    ids[:, 2:6, 3:9], ids[:, 8:13, 1:4], ids[1, 9:11, 8:15] = 1, 2, 3
    return 0.05 * (ids > 0) + 0.01 * torch.rand(2, SIZE, SIZE), ids


def push_inputs(height: torch.Tensor, ids: torch.Tensor) -> tuple[torch.Tensor, ...]:
    masks = object_masks(ids)
    return height, (ids == 1).float(), masks, mask_places(masks, 0.0045)


@pytest.mark.parametrize(("order", "quarters"), GROUPS)
@torch.no_grad()
def test_turned_scene_gives_turned_grasps_and_pushes(equivariant, order: int, quarters: int) -> None:
    torch.manual_seed(1)
    layers, (height, ids) = equivariant(order), scene()
    grasp = settled(GraspNet(layers, WIDTHS, order), height)
    push = settled(PushNet(layers, WIDTHS, 2 * order), *push_inputs(height, ids))
    there = torch.rot90(height, quarters, (1, 2)), torch.rot90(ids, quarters, (1, 2))
    for net, give, per_turn in ((grasp, lambda h, i: (h,), 2 * order), (push, push_inputs, 2 * order)):
        scores = net(*give(height, ids))
        expected = torch.rot90(scores, quarters, (2, 3)).roll(quarters * per_turn // 4 % scores.shape[1], 1)
        assert float(scores.std()) > 1e-4
        torch.testing.assert_close(net(*give(*there)), expected, atol=1e-5, rtol=0.0)


@pytest.mark.parametrize(("order", "quarters"), GROUPS)
@torch.no_grad()
def test_critic_does_not_care_how_a_scene_is_turned(equivariant, order: int, quarters: int) -> None:
    torch.manual_seed(1)
    inputs = [torch.rand(3, SIZE, SIZE) for _ in range(4)]
    critic = settled(CriticNet(equivariant(order), WIDTHS), *inputs)
    scores = critic(*inputs)
    assert float(scores.std()) > 1e-6
    torch.testing.assert_close(critic(*(torch.rot90(x, quarters, (1, 2)) for x in inputs)), scores, atol=1e-5, rtol=0)


@torch.no_grad()
def test_exported_nets_give_what_the_trained_ones_give(equivariant) -> None:
    cfg = NetsCfg(group=4, angles=4, directions=8, widths=WIDTHS, critic_widths=WIDTHS, window=16, critic_window=16)
    nets, (height, ids) = Nets.build(cfg, equivariant(4)), scene()
    windows = [torch.rand(2, SIZE, SIZE) for _ in range(4)]
    given = {"grasp": (height,), "critic": tuple(windows), "push": push_inputs(height, ids)}
    for name, net in nets.by_name.items():
        settled(net, *given[name])
    plain = nets.exported(cfg)
    for name, net in nets.by_name.items():
        assert not any("escnn" in type(part).__module__ for part in plain.by_name[name].modules())
        torch.testing.assert_close(plain.by_name[name](*given[name]), net(*given[name]), atol=1e-5, rtol=0.0)


@torch.no_grad()
def test_pushes_depend_on_where_other_objects_lie() -> None:
    torch.manual_seed(1)
    height, ids = scene()
    net = settled(PushNet(PlainLayers(4), WIDTHS, 4), *push_inputs(height, ids))
    height, target, masks, places = push_inputs(height, ids)
    away = places.clone()
    away[:, 1] += 0.05  # what is fed is where the object lies, not how the maps look
    assert float((net(height, target, masks, away) - net(height, target, masks, places)).abs().max()) > 1e-6


@torch.no_grad()
def test_scene_without_objects_has_finite_worths() -> None:
    ids = torch.zeros(1, SIZE, SIZE, dtype=torch.long)
    net = settled(PushNet(PlainLayers(4), WIDTHS, 4), *push_inputs(*scene()))
    assert bool(net(*push_inputs(torch.zeros(1, SIZE, SIZE), ids)).isfinite().all())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"group": 5}, "group=5: an even number is needed"),
        ({"angles": 10}, "angles=10: a multiple of 6 is needed for the group"),
        ({"directions": 18}, "directions=18: a multiple of 12 is needed for the group"),
        ({"window": 100}, "window=100: a multiple of 8 is needed for the levels"),
        ({"critic_window": 60}, "critic_window=60: a multiple of 8 is needed"),
        ({"widths": (0, 2)}, r"widths\[0\]=0"),
    ],
)
def test_nets_that_cannot_be_built_are_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NetsCfg(**change)


def test_published_nets_are_a_setting() -> None:
    cfg = NetsCfg(group=6, angles=18, directions=18, widths=(4, 8, 16, 32), critic_widths=(4, 8, 16))
    assert cfg.group == 6
