"""Baselines as policies: they act in several worlds, each by itself."""

from __future__ import annotations

import torch

from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.interface.action import Kind
from pushgrasp.interface.world import Observation
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.baselines.heuristic import Heuristic, HeuristicPolicy
from pushgrasp.policies.baselines.numbers import RandomPolicy, ZeroPolicy

from ..tables import Tables

WORKSPACE = Workspace()
EVERYWHERE = torch.ones(3, dtype=torch.bool)


def table(x: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Height and ids of a block of 5 cm at (x, 0)."""
    block = ((WORKSPACE.cell_centres() - torch.tensor([x, 0.0])).abs() <= 0.025).all(dim=-1)
    return block * 0.05, block.long()


def three_tables() -> Observation:
    height, ids = (torch.stack(maps) for maps in zip(*(table(x) for x in (-0.2, 0.0, 0.2)), strict=True))
    return Observation(Heightmaps(torch.zeros(3, 3, *height.shape[1:]), height, ids), torch.ones(3).long(), WORKSPACE)


def test_the_heuristic_decides_for_each_world_that_runs() -> None:
    seen = three_tables()
    action = HeuristicPolicy(Tables(3)).act(seen, torch.tensor([True, False, True]))
    assert action.kind.tolist() == [[Kind.GRASP, Kind.NONE], [Kind.NONE, Kind.NONE], [Kind.NONE, Kind.GRASP]]
    assert action.planned.tolist() == [True, False, True]
    found = torch.stack((action.position[0, 0, 0], action.position[2, 1, 0]))
    assert torch.allclose(found, torch.tensor([-0.2, 0.2]), atol=0.02)
    alone = Heuristic(WORKSPACE, DecoderCfg(), 2).decide(seen.heightmaps.of(2), seen.target_id[2:])
    assert torch.equal(action.rotation[2, 1], alone.grasps.rotation[0])


def test_a_new_trial_forgets_the_last_one_in_its_world_alone() -> None:
    seen, policy = three_tables(), HeuristicPolicy(Tables(3))
    first = policy.act(seen, EVERYWHERE)
    policy.begin(0, torch.Generator())
    second = policy.act(seen, EVERYWHERE)
    assert torch.equal(second.position[0], first.position[0])
    assert not torch.equal(second.position[1], first.position[1])


def test_random_actions_follow_the_trial_and_not_the_world() -> None:
    seen, one, two = three_tables(), *(RandomPolicy(Tables(3)) for _ in range(2))
    seen = seen.of(torch.tensor([1, 1, 1]))
    one.begin(0, torch.Generator().manual_seed(4))
    two.begin(1, torch.Generator().manual_seed(9))
    two.begin(2, torch.Generator().manual_seed(4))
    for _ in range(2):
        here, there = one.act(seen, EVERYWHERE)[0], two.act(seen, EVERYWHERE)[2]
        assert all(torch.equal(getattr(here, name), getattr(there, name)) for name in ("kind", "position", "path"))


def test_zeros_mean_a_grasp() -> None:
    action = ZeroPolicy(Tables(3)).act(three_tables(), EVERYWHERE)  # scores tie
    assert action.does(Kind.GRASP).all() and action.score[:, [Kind.GRASP, Kind.PUSH]].tolist() == [[0.0, 0.0]] * 3
