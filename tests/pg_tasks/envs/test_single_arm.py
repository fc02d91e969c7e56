"""The task with one gripper."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from pg_tasks.envs.push_grasp_env import PushGraspEnv

Actions = Callable[[PushGraspEnv], torch.Tensor]


@pytest.fixture(scope="module")
def env(run_environment: Callable) -> Iterator[PushGraspEnv]:
    words = ("env.clutter.num_objects=6", "env.clutter.layout=cluttered")
    with run_environment("--task", "SingleArmPushGrasp-v0", *words) as env:
        yield env


def test_there_is_one_gripper(env: PushGraspEnv) -> None:
    env.reset(seed=0)
    assert env.rig.num_arms == 1
    assert env.rig.joint_positions.shape == (2, 1, 8)
    assert list(env.scene.articulations) == ["left_gripper"]


def test_seeded_reset_repeats_exactly(env: PushGraspEnv) -> None:
    first = env.reset(seed=2)[0]["policy"].clone()
    poses = env.objects.position.clone()
    env.reset(seed=3)
    assert torch.equal(env.reset(seed=2)[0]["policy"], first)
    assert torch.equal(env.objects.position, poses)


def test_it_grasps(env: PushGraspEnv, grasping: Actions) -> None:
    planned, lifted = 0, 0
    for seed in range(8):
        env.reset(seed=seed)
        env.step(grasping(env))
        assert env.outcome.is_grasp.all()
        assert not (env.outcome.success & ~env.outcome.executed).any()
        planned += int(env.outcome.executed.sum())
        lifted += int(env.outcome.success.sum())
    assert planned >= 4  # of sixteen targets in heaps; the others are walled in
    assert lifted >= planned / 2, (lifted, planned)


def test_it_pushes_along_one_path(env: PushGraspEnv, pushing: Actions) -> None:
    env.reset(seed=1)
    env.step(pushing(env))
    assert not env.outcome.is_grasp.any()
    assert env.outcome.executed.all()
    assert env.action.valid.shape == (2, 1)
    assert env.trajectory.times.shape[1] == 1


def test_gripper_is_home_after_an_action(env: PushGraspEnv, pushing: Actions) -> None:
    env.reset(seed=1)
    env.step(pushing(env))
    assert torch.allclose(env.rig.joint_positions[:, :, :3], env.rig.home_position.expand(2, 1, 3), atol=0.005)
