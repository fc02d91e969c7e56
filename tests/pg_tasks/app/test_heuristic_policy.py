"""The heuristic in several worlds."""

from __future__ import annotations

from types import SimpleNamespace

import torch

from pg_tasks.app.heuristic_policy import HeuristicPolicy
from pg_tasks.app.policies import POLICIES
from pushgrasp.decoding.decoder import DecoderCfg
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.perception.workspace import Workspace
from pushgrasp.policies.baselines.heuristic import Heuristic

WORKSPACE = Workspace()


def table(x: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Height and ids of a block of 5 cm at (x, 0)."""
    xy = WORKSPACE.cell_centres()
    block = ((xy - torch.tensor([x, 0.0])).abs() <= 0.025).all(dim=-1)
    return block * 0.05, block.long()


def environment() -> SimpleNamespace:
    height, ids = (torch.stack(maps) for maps in zip(*(table(x) for x in (-0.2, 0.0, 0.2)), strict=True))
    cfg = SimpleNamespace(workspace=WORKSPACE, decoder=DecoderCfg(), num_arms=2)
    heightmaps = Heightmaps(torch.zeros(3, 3, *height.shape[1:]), height, ids)
    return SimpleNamespace(num_envs=3, cfg=cfg, heightmaps=heightmaps, target_id=torch.ones(3, dtype=torch.long))


def test_each_world_gets_its_own_decision() -> None:
    env = environment()
    decision = POLICIES["heuristic"].make(env).act(env, torch.tensor([True, False, True]))
    assert decision.is_grasp[[0, 2]].tolist() == [True, True]
    assert not decision.grasps.valid[1] and not decision.pushes.valid[1]
    assert decision.grasps.position.shape == (3, 3)
    assert decision.pushes.paths.shape[:2] == (3, 2)
    assert torch.allclose(decision.grasps.position[[0, 2], 0], torch.tensor([-0.2, 0.2]), atol=0.02)
    alone = Heuristic(WORKSPACE, DecoderCfg(), 2).decide(env.heightmaps.of(2), env.target_id[2:])
    assert torch.equal(decision.grasps.rotation[2], alone.grasps.rotation[0])


def test_a_new_trial_forgets_the_last_one_in_its_world_alone() -> None:
    env = environment()
    policy, running = HeuristicPolicy(env), torch.ones(3, dtype=torch.bool)
    first = policy.act(env, running).grasps
    policy.begin(0, torch.Generator())
    second = policy.act(env, running).grasps
    assert torch.equal(second.position[0], first.position[0])
    assert not torch.equal(second.position[1], first.position[1])
