"""Grasps drawn by what GraspNet thinks of them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from pushgrasp.learning.checkpoint import CheckpointInfo
from pushgrasp.policies.epg.cfg import METHOD, RuleCfg
from pushgrasp.policies.epg.preferred import PreferredGrasps
from pushgrasp.policies.epg.weights import NETWORKS, Nets, write_policy
from pushgrasp.policies.maps.oriented_net import PlainLayers


class LikesTheLeft(nn.Module):
    """Log-odds of 4 for the second of four angles in the left half of the window, of -4 elsewhere."""

    def forward(self, height: torch.Tensor) -> torch.Tensor:
        scores = torch.full((len(height), 4, *height.shape[1:]), -4.0)
        scores[:, 1, :, : height.shape[2] // 2] = 4.0
        return scores


@pytest.fixture
def preferred(small_nets, tmp_path: Path) -> PreferredGrasps:
    cfg = small_nets()
    info = CheckpointInfo(NETWORKS[0], 1, "height", 1, method=METHOD)
    write_policy(tmp_path / "epg.pt", Nets.build(cfg, PlainLayers(4), False), info, {"nets": cfg, "rule": RuleCfg()})
    return PreferredGrasps(tmp_path / "epg.pt")


def test_grasps_are_different_ones_of_their_object(preferred, seen) -> None:
    numbers = torch.tensor([2, 1])
    cells, angles = preferred.draw(seen.heightmaps, numbers, 30, torch.Generator().manual_seed(0))
    assert cells.shape == (60, 2) and angles.shape == (60,)
    assert seen.heightmaps.ids[0, cells[:, 0], cells[:, 1]].tolist() == [2] * 30 + [1] * 30
    assert set((angles / (math.pi / 4)).round(decimals=5).tolist()) <= {0.0, 1.0, 2.0, 3.0}
    assert len({(*cell, angle) for cell, angle in zip(cells.tolist(), angles.tolist(), strict=True)}) == 60


def test_those_that_the_net_thinks_likely_are_drawn(preferred, seen) -> None:
    preferred._net = LikesTheLeft()
    cells, angles = preferred.draw(seen.heightmaps, torch.tensor([1]), 20, torch.Generator().manual_seed(0))
    # Odds are e^8 times as high there, squared: the object's 10 columns begin with column 107, 5 of them on the left.
    assert (cells[:, 1] < 112).all()
    torch.testing.assert_close(angles, torch.full((20,), math.pi / 4))


def test_the_same_seed_draws_the_same(preferred, seen) -> None:
    draws = [preferred.draw(seen.heightmaps, torch.tensor([1]), 9, torch.Generator().manual_seed(3)) for _ in range(2)]
    assert torch.equal(draws[0][0], draws[1][0]) and torch.equal(draws[0][1], draws[1][1])
