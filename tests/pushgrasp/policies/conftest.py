"""Layers of networks that the tests of several methods make."""

from __future__ import annotations

import pytest

from pushgrasp.policies.maps.oriented_net import make_layers


@pytest.fixture
def equivariant():
    """Makes equivariant layers of an order; tests are skipped where escnn is not installed."""

    def layers(order: int):
        try:
            return make_layers(order, True)
        except ImportError as error:
            pytest.skip(str(error))

    return layers
