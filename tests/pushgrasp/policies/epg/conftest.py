"""Small nets, and a table with arms."""

from __future__ import annotations

import pytest
import torch

from pushgrasp.interface.world import Observation
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.epg.cfg import NetsCfg

from ..tables import Tables


def small_nets(**changes) -> NetsCfg:
    """Nets that take milliseconds: plain ones, windows of 48 cells."""
    small = {"group": 4, "equivariant": False, "angles": 4, "directions": 4, "widths": (1, 1), "critic_widths": (1,)}
    return NetsCfg(**{**small, "window": 48, "critic_window": 16, **changes})


@pytest.fixture(name="small_nets")
def small_nets_fixture():
    return small_nets


@pytest.fixture
def table() -> Tables:
    return Tables()


@pytest.fixture
def seen() -> Observation:
    """A target of 10 x 10 cells in the middle of the table, 5 cm high, and another object close beside it."""
    ids = torch.zeros(1, 224, 224, dtype=torch.long)
    ids[:, 107:117, 107:117] = 1
    ids[:, 107:117, 119:129] = 2
    height = 0.05 * (ids > 0)
    return Observation(Heightmaps(torch.zeros(1, 3, 224, 224), height, ids), torch.ones(1).long(), Workspace())
