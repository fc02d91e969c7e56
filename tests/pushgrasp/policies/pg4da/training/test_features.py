"""The frozen backbone runs once per environment step; everything else passes through."""

from __future__ import annotations

import pytest
import torch
from tensordict import TensorDict
from training_fakes import ACTIONS, FakeEnv, TinyBackbone, tiny_cfg

from pushgrasp.learning.runner import PushGraspRunner
from pushgrasp.policies.pg4da.training.features import FeatureEnv


def test_observation_is_the_backbones_output() -> None:
    env, backbone = FakeEnv(), TinyBackbone()
    wrapped = FeatureEnv(env, backbone)
    obs = wrapped.get_observations()
    assert list(obs.keys()) == ["avh"]
    torch.testing.assert_close(obs["avh"], backbone.layers(env.picture))
    obs = wrapped.step(torch.zeros(2, ACTIONS))[0]
    torch.testing.assert_close(obs["avh"], backbone.layers(env.picture))
    assert not obs["avh"].requires_grad


def test_one_backbone_call_per_environment_step() -> None:
    env, backbone = FakeEnv(), TinyBackbone()
    runner = PushGraspRunner(FeatureEnv(env, backbone), tiny_cfg())
    env.steps = backbone.calls = 0
    runner.learn_until(1)  # 4 steps; PPO then reads every observation in 2 epochs
    # one call for the first observations, one for each step, none in the update
    assert (env.steps, backbone.calls) == (4, 5)


def test_wrapper_passes_the_environment_through() -> None:
    env = FakeEnv(num_envs=3)
    wrapped = FeatureEnv(env, TinyBackbone())
    assert (wrapped.num_envs, wrapped.num_actions, wrapped.max_episode_length) == (3, ACTIONS, 3)
    assert wrapped.device == "cpu" and wrapped.cfg is env.cfg and wrapped.unwrapped is env
    wrapped.episode_length_buf = torch.tensor([2, 0, 1])
    assert env.episode_length_buf.tolist() == [2, 0, 1]
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = wrapped.no_such_thing


def test_half_precision_halves_the_memory() -> None:
    half = FeatureEnv(FakeEnv(), TinyBackbone(), torch.float16).get_observations()["avh"]
    full = FeatureEnv(FakeEnv(), TinyBackbone()).get_observations()["avh"]
    assert half.dtype == torch.float16
    torch.testing.assert_close(half.float(), full, atol=1e-3, rtol=1e-3)


def test_other_storage_dtype_is_refused() -> None:
    with pytest.raises(ValueError, match=r"torch.int8; allowed: torch.float32, torch.float16"):
        FeatureEnv(FakeEnv(), TinyBackbone(), torch.int8)


@pytest.mark.parametrize(
    ("observations", "message"),
    [
        ({"depth": torch.zeros(2, 1)}, r"'rgb' is missing; the environment gives \['depth'\]"),
        ({"rgb": torch.zeros(2, 224, 224, 3)}, r"shape \(2, 224, 224, 3\); expected \(worlds, 3, rows, columns\)"),
    ],
)
def test_unusable_observations_are_refused(observations: dict[str, torch.Tensor], message: str) -> None:
    env = FakeEnv()
    env.get_observations = lambda: TensorDict(observations, batch_size=[2])  # type: ignore[method-assign]
    with pytest.raises(ValueError, match=message):
        FeatureEnv(env, TinyBackbone()).get_observations()
