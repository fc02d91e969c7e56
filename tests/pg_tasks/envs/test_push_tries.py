"""Pushes and grasps after them in copies: what is seen and lifted there is what comes in the world itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pg_tasks.envs.push_tries import PushTries
from pushgrasp.interface.action import Action
from pushgrasp.perception.heightmap import Heightmaps
from pushgrasp.policies.baselines.oracle.actions import push_actions
from pushgrasp.policies.baselines.oracle.geometry import target_pushes
from pushgrasp.policies.maps.primitives import GraspPrimitiveCfg, top_grasps


@pytest.fixture(scope="module")
def env(run_environment: Callable) -> Iterator[PushGraspEnv]:
    with run_environment("env.clutter.num_objects=6", "env.scene.env_spacing=0.0", "--num_envs", "1") as env:
        env.reset(seed=4)
        yield env


def grasps(env: PushGraspEnv, maps: Heightmaps, copies: int) -> Action:
    """For each copy the same grasp, of the object that shows most in heightmaps, N = 1."""
    numbers, cells = maps.ids[maps.ids > 0].unique(return_counts=True)
    own = (maps.ids[0] == numbers[cells.argmax()]).nonzero()
    cell = own[len(own) // 2].expand(copies, 2)
    world, angle = torch.zeros(copies, dtype=torch.long), torch.zeros(copies)
    return top_grasps(maps, world, cell, angle, env.workspace, GraspPrimitiveCfg()).action(env.arms, 32)


def pushes(env: PushGraspEnv, count: int) -> Action:
    found = target_pushes(env, 0)
    return push_actions(found, torch.zeros(len(found.valid)))[:count]


def test_what_is_seen_and_lifted_after_a_push_is_what_comes(env: PushGraspEnv) -> None:
    tries, start, tried = PushTries(env), env.objects.position.clone(), pushes(env, 3)
    maps = tries.pushed(0, tried)
    same = grasps(env, maps.of(1), 3)
    lifted = tries.then(0, same)
    assert torch.equal(env.objects.position, start)
    env.carry_out(tried[[1]])
    seen = env.observe().heightmaps
    assert float((env.objects.position - start).norm(dim=-1).max()) > 0.02
    assert float((maps.height[1] - seen.height[0]).abs().max()) < 1e-3
    assert torch.equal(maps.ids[1], seen.ids[0])
    assert bool(lifted[1].any()) and torch.equal(lifted[[1]], tries(0, same[[1]])[0])


def test_a_grasp_without_motion_lifts_nothing(env: PushGraspEnv) -> None:
    tries = PushTries(env)
    maps = tries.pushed(0, pushes(env, 2))
    some = torch.cat((grasps(env, maps.of(0), 1), Action.none(1, env.arms.num_arms, 32)))
    assert not bool(tries.then(0, some)[1].any())
