"""What the tests of several methods need: layers of networks, and scenes with tried grasps."""

from __future__ import annotations

import math

import pytest
import torch

from pushgrasp.policies.maps.oriented_net import make_layers
from pushgrasp.policies.maps.tries import SceneTries


@pytest.fixture
def equivariant():
    """Makes equivariant layers of an order; tests are skipped where escnn is not installed."""

    def layers(order: int):
        try:
            return make_layers(order, True)
        except ImportError as error:
            pytest.skip(str(error))

    return layers


@pytest.fixture
def scenes() -> list[SceneTries]:
    """Twelve scenes with one bar each, 4 x 12 cells; grasps across it hold, others do not."""
    found = []
    for number in range(12):
        ids = torch.zeros(224, 224, dtype=torch.uint8)
        ids[100 + number : 112 + number, 108:112] = 1
        cell = torch.tensor([[104 + number, 109]] * 4)
        angle = torch.tensor([0.0, 0.1, math.pi / 2, 1.4])
        lifted = torch.tensor([True, True, False, False])
        found.append(SceneTries(0.05 * ids.half(), ids, cell.byte(), angle, torch.full((4,), 0.05), lifted))
    return found
