"""Actor and critic: shapes, distribution, trainable backbone, refused configurations."""

from __future__ import annotations

import math

import pytest
import torch
from rsl_rl.utils import resolve_callable
from tensordict import TensorDict
from training_fakes import ACTIONS, FakeEnv, TinyBackbone, TinyHead, tiny_cfg

from pushgrasp.learning.runner import PushGraspRunner
from pushgrasp.policies.pg4da.training.features import FeatureEnv
from pushgrasp.policies.pg4da.training.models import GaussianActor, PushGraspCritic

GAUSSIAN = {"class_name": "GaussianDistribution", "init_std": 0.5, "std_type": "log"}
HEAD = {"class_name": "training_fakes:TinyHead", "outputs": ACTIONS}


def avh(worlds: int = 2) -> TensorDict:
    return TensorDict({"avh": torch.rand(worlds, 4, 56, 56)}, batch_size=[worlds])


def rgb(worlds: int = 2) -> TensorDict:
    return TensorDict({"rgb": torch.rand(worlds, 3, 224, 224)}, batch_size=[worlds])


def build_actor(obs: TensorDict, group: str, **kwargs: object) -> GaussianActor:
    return GaussianActor(obs, {"actor": [group]}, "actor", ACTIONS, HEAD, distribution_cfg=GAUSSIAN, **kwargs)


def test_rsl_rl_resolves_the_class_names() -> None:
    assert resolve_callable("pushgrasp.policies.pg4da.training.models:GaussianActor") is GaussianActor
    assert resolve_callable("pushgrasp.policies.pg4da.training.models:PushGraspCritic") is PushGraspCritic


def test_log_probability_is_the_sum_of_normal_densities() -> None:
    obs = avh()
    actor = build_actor(obs, "avh")
    action = actor(obs, stochastic_output=True).detach()
    mean = actor(obs).detach()
    # log N(a; m, 0.5), summed over the action: -((a - m) / 0.5)^2 / 2 - log 0.5 - log(2 pi) / 2
    expected = (-(((action - mean) / 0.5) ** 2) / 2 - math.log(0.5) - math.log(2 * math.pi) / 2).sum(dim=1)
    torch.testing.assert_close(actor.get_output_log_prob(action), expected, atol=1e-4, rtol=1e-4)


def test_kl_of_shifted_means_is_half_the_squared_shift_in_standard_deviations() -> None:
    actor = build_actor(avh(), "avh")
    std = torch.full((2, ACTIONS), 0.5)
    old, new = torch.zeros(2, ACTIONS), torch.full((2, ACTIONS), 0.1)
    # 12 numbers, each shifted by 0.1 / 0.5 = 0.2 standard deviations: 12 * 0.2^2 / 2 = 0.24
    torch.testing.assert_close(actor.get_kl_divergence((old, std), (new, std)), torch.full((2,), 0.24))
    assert actor.pop_kl() == pytest.approx(0.24)
    assert math.isnan(actor.pop_kl())


def test_half_precision_observations_are_accepted() -> None:
    obs = avh()
    actor = build_actor(obs, "avh")
    half = TensorDict({"avh": obs["avh"].half()}, batch_size=[2])
    torch.testing.assert_close(actor(half), actor(obs), atol=1e-2, rtol=1e-2)


def test_trainable_backbone_learns_but_keeps_its_statistics() -> None:
    env = FakeEnv()
    runner = PushGraspRunner(env, tiny_cfg("trainable"))
    backbone = runner.alg.actor.backbone
    weight, statistics = backbone.layers[0].weight.clone(), backbone.layers[1].running_mean.clone()
    runner.learn_until(2)
    assert not torch.equal(weight, backbone.layers[0].weight)
    assert torch.equal(statistics, backbone.layers[1].running_mean)
    assert not backbone.training


def test_critic_reads_the_actors_backbone_without_owning_it() -> None:
    runner = PushGraspRunner(FakeEnv(), tiny_cfg("trainable"))
    actor, critic = runner.alg.actor, runner.alg.critic
    assert not any(name.startswith("backbone") for name in critic.state_dict())
    value = critic(rgb()).sum()
    value.backward()
    assert all(parameter.grad is None for parameter in actor.backbone.parameters())
    parameters = [p for group in runner.alg.optimizer.param_groups for p in group["params"]]
    assert len(parameters) == len({id(p) for p in parameters})


@pytest.mark.parametrize("groups", [["rgb"], ["avh", "rgb"], ["state"]])
def test_other_observation_groups_are_refused(groups: list[str]) -> None:
    with pytest.raises(ValueError, match=r"expected \['avh'\]"):
        GaussianActor(avh(), {"actor": groups}, "actor", ACTIONS, HEAD, distribution_cfg=GAUSSIAN)


def test_wrong_output_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"TinyHead returns shape \(1, 12\) for one world; expected \(1, 3496\)"):
        GaussianActor(avh(), {"actor": ["avh"]}, "actor", 3496, HEAD, distribution_cfg=GAUSSIAN)


def test_rgb_actor_equals_backbone_then_head() -> None:
    obs = rgb()
    actor = build_actor(obs, "rgb", backbone_cfg={"class_name": "training_fakes:TinyBackbone", "seed": 5})
    backbone = TinyBackbone(seed=5).eval()
    torch.testing.assert_close(actor(obs), actor.mlp(backbone(obs["rgb"])))
    assert isinstance(actor.mlp, TinyHead)


def test_frozen_backbone_is_no_part_of_the_actor() -> None:
    runner = PushGraspRunner(FeatureEnv(FakeEnv(), TinyBackbone()), tiny_cfg())
    assert runner.alg.actor.cnns == ()
    assert all(name.startswith(("mlp.", "distribution.")) for name in runner.alg.actor.state_dict())


def test_irrelevant_numbers_do_not_count() -> None:
    relevance = torch.zeros(2, ACTIONS, dtype=torch.bool)
    relevance[0, :3] = True
    relevance[1, 5] = True
    obs = TensorDict({**avh(), "relevance": relevance}, batch_size=[2])
    groups = {"actor": ["avh", "relevance"]}
    actor = GaussianActor(obs, groups, "actor", ACTIONS, HEAD, distribution_cfg=GAUSSIAN)
    action = actor(obs, stochastic_output=True).detach()
    before = actor.get_output_log_prob(action)
    other = torch.where(relevance, action, action + 1)
    torch.testing.assert_close(actor.get_output_log_prob(other), before)
    # entropy of a normal distribution with std 0.5: log(0.5) + (1 + log(2 pi)) / 2, for 3 and for 1 number
    entropy = math.log(0.5) + (1 + math.log(2 * math.pi)) / 2
    torch.testing.assert_close(actor.output_entropy, torch.tensor([3 * entropy, entropy]))
    std = torch.full((2, ACTIONS), 0.5)
    divergence = actor.get_kl_divergence((std * 0, std), (std * 0.2, std))
    torch.testing.assert_close(divergence, torch.tensor([0.06, 0.02]))  # 0.02 for each number that counts
    with pytest.raises(ValueError, match=r"expected \['avh'\]"):
        PushGraspCritic(obs, {"critic": ["avh", "relevance"]}, "critic", 1, {**HEAD, "outputs": 1})


def test_playing_needs_no_relevance() -> None:
    obs = TensorDict({**avh(), "relevance": torch.ones(2, ACTIONS, dtype=torch.bool)}, batch_size=[2])
    groups = {"actor": ["avh", "relevance"]}
    actor = GaussianActor(obs, groups, "actor", ACTIONS, HEAD, distribution_cfg=GAUSSIAN)
    assert actor(avh()).shape == (2, ACTIONS)


def test_ways_to_play() -> None:
    obs = avh()
    likeliest, sampling = build_actor(obs, "avh"), build_actor(obs, "avh", play="sample")
    assert torch.equal(likeliest.play(obs), likeliest(obs))
    assert not torch.equal(sampling.play(obs), sampling.play(obs))
    with pytest.raises(ValueError, match="play is 'best'; allowed: likeliest, sample"):
        build_actor(obs, "avh", play="best")
    with pytest.raises(ValueError, match="'sharpened', which only choices can be"):
        build_actor(obs, "avh", play="sharpened")
