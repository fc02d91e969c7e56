"""Pushes of the oracle are such as the push decoder plans."""

from __future__ import annotations

import torch

from pushgrasp.decoding.push import Pushes
from pushgrasp.decoding.push_cfg import PushDecoderCfg
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.baselines.oracle.pushes import object_pushes, spread_order

WORKSPACE, CFG = Workspace(), PushDecoderCfg()


def pushes(height: torch.Tensor, num_arms: int = 2) -> Pushes:
    """Pushes of an object of 5 cm at x = 5 cm, y = -2 cm."""
    return object_pushes(torch.tensor([0.05, -0.02]), 0.025, height, WORKSPACE, num_arms, CFG)


def block() -> torch.Tensor:
    """Heightmap of a cube of 20 cm around the object: all of it is in the way of pushes, and pushed."""
    height = torch.zeros(WORKSPACE.cells, WORKSPACE.cells)
    low, high = WORKSPACE.xy_to_cell(torch.tensor([[-0.05, 0.08], [0.15, -0.12]])).tolist()
    height[low[0] : high[0], low[1] : high[1]] = 0.05
    return height


def test_pushes_keep_the_decoders_rules() -> None:
    found = pushes(block())
    assert len(found.valid) >= 20
    assert bool(found.valid.all())
    paths = found.paths[found.active]
    length = paths.diff(dim=1).norm(dim=-1).sum(dim=1)
    assert bool(((length >= CFG.min_length - 1e-5) & (length <= CFG.max_length + 1e-3)).all())
    assert bool((paths[..., 2] == CFG.tip_height).all())
    assert bool((paths[..., :2].abs() <= 0.5 - CFG.workspace_margin + 1e-5).all())
    start = WORKSPACE.xy_to_cell(paths[:, 0, :2])
    assert bool((block()[start[:, 0], start[:, 1]] == 0.0).all())  # on free table


def test_two_arms_stay_apart() -> None:
    found = pushes(block())
    both = found.active.all(dim=1)
    assert bool(both.any())
    left, right = found.paths[both].unbind(dim=1)
    assert float(torch.cdist(left, right).amin()) >= CFG.separation - 1e-5
    assert bool((left[..., 0].amax(dim=1) < right[..., 0].amin(dim=1)).all())


def test_one_arm_pushes_alone() -> None:
    found = pushes(block(), num_arms=1)
    assert found.active.shape[1] == 1
    assert bool(found.active.all())


def test_no_free_start_no_push() -> None:
    found = pushes(torch.full((WORKSPACE.cells, WORKSPACE.cells), 0.05))
    assert found.paths.shape == (0, 2, CFG.points, 3)


def test_first_few_are_spread_over_all() -> None:
    assert spread_order(8) == [0, 4, 2, 6, 1, 5, 3, 7]
    assert sorted(spread_order(13)) == list(range(13))
    assert (spread_order(0), spread_order(1)) == ([], [0])
