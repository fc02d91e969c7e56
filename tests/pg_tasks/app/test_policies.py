"""Policies from pictures to actions."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from tensordict import TensorDict

from pg_tasks.agents.rsl_rl_ppo_cfg import DualArmPushGraspPPORunnerCfg
from pg_tasks.app.errors import UserError
from pg_tasks.app.policies import (
    ChosenPolicy,
    RandomPolicy,
    TrainedPolicy,
    choose_policy,
    random_policy,
    trained_policy,
    zero_policy,
)
from pushgrasp.training.checkpoint import CheckpointError, CheckpointInfo, save_checkpoint

PICTURES = torch.rand(3, 3, 224, 224, generator=torch.Generator().manual_seed(0))


def test_zero_policy() -> None:
    actions = zero_policy(PICTURES)
    assert actions.shape == (3, 3496)
    assert not actions.any()


def test_random_policy_is_standard_normal() -> None:
    actions = random_policy(1)(PICTURES)
    assert actions.shape == (3, 3496)
    # 10488 numbers: the mean is within 5 / sqrt(10488) = 0.05, the standard deviation within 5 / sqrt(2 * 10488)
    assert abs(float(actions.mean())) < 0.05
    assert abs(float(actions.std()) - 1.0) < 0.035


def test_random_policy_repeats_with_its_seed_alone() -> None:
    first, second, other = random_policy(4), random_policy(4), random_policy(5)
    one = first(PICTURES)
    torch.manual_seed(99)
    assert torch.equal(one, second(PICTURES))
    assert not torch.equal(one, other(PICTURES))
    assert not torch.equal(one, first(PICTURES))


class SummingPolicy:
    """Sums each world's first observation group."""

    def eval(self) -> SummingPolicy:
        return self

    def play(self, observations: TensorDict) -> torch.Tensor:
        (values,) = observations.values()
        return values.flatten(1).sum(dim=1, keepdim=True)


def runner(**env: object) -> SimpleNamespace:
    """A runner in an environment whose only observation is the picture."""

    def observe(pictures: torch.Tensor) -> TensorDict:
        return TensorDict({"rgb": pictures}, batch_size=[len(pictures)])

    return SimpleNamespace(policy=SummingPolicy(), env=SimpleNamespace(observe=observe, **env), device="cpu")


def test_trained_policy_reads_pictures() -> None:
    assert torch.allclose(trained_policy(runner())(PICTURES), PICTURES.flatten(1).sum(dim=1, keepdim=True))


def test_trained_policy_reads_features_of_a_frozen_backbone() -> None:
    def encode(observations: TensorDict) -> TensorDict:
        return TensorDict({"avh": 0.0 * observations["rgb"] + 2.0}, batch_size=[3])

    actions = trained_policy(runner(encode=encode))(PICTURES)
    assert torch.allclose(actions, torch.full((3, 1), 2.0 * 3 * 224 * 224))


def world(**parts: object) -> SimpleNamespace:
    """Three worlds with pictures."""
    return SimpleNamespace(num_envs=3, device="cpu", heightmaps=SimpleNamespace(colour=PICTURES), **parts)


def test_random_actions_follow_the_trial_and_not_the_world() -> None:
    one, two = RandomPolicy(world()), RandomPolicy(world())
    one.begin(0, torch.Generator().manual_seed(4))
    two.begin(1, torch.Generator().manual_seed(9))
    two.begin(2, torch.Generator().manual_seed(4))
    busy = torch.ones(3, dtype=torch.bool)
    for _ in range(2):
        assert torch.equal(one.act(world(), busy)[0], two.act(world(), busy)[2])


def test_networks_see_one_world_at_a_time() -> None:
    sizes: list[int] = []

    class Noting(SummingPolicy):
        def play(self, observations: TensorDict) -> torch.Tensor:
            sizes.append(len(observations["rgb"]))
            drawn = torch.rand(1, 1)
            return (super().play(observations) + drawn).expand(-1, 3496)

    made = runner()
    made.policy = Noting()
    policy = TrainedPolicy(made, world())
    for index in range(3):
        policy.begin(index, torch.Generator().manual_seed(7))
    state = torch.random.get_rng_state()
    actions = policy.act(world(), torch.tensor([True, False, True]))
    assert sizes == [1, 1]
    assert not actions[1].any()
    # both trials have drawn the same number, and the global generator is as it was
    sums = PICTURES.flatten(1).sum(dim=1)
    assert float(actions[0, 0] - sums[0]) == pytest.approx(float(actions[2, 0] - sums[2]), abs=0.1)
    assert torch.equal(state, torch.random.get_rng_state())


def test_policies_are_chosen_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cfg = DualArmPushGraspPPORunnerCfg()
    assert choose_policy("random", cfg) == ChosenPolicy("random")
    assert ChosenPolicy("random").weights is None
    with pytest.raises(
        UserError, match=r"unknown policy 'rando'; policies: random, zero, .*latest, best, or a checkpoint"
    ):
        choose_policy("rando", cfg)
    with pytest.raises(FileNotFoundError, match=r"no checkpoint 'missing\.pt'"):
        choose_policy("missing.pt", cfg)


def test_a_checkpoint_is_named_after_its_run(tmp_path: Path) -> None:
    cfg, path = DualArmPushGraspPPORunnerCfg(), tmp_path / "tuned" / "model_9.pt"
    path.parent.mkdir()
    save_checkpoint(path, CheckpointInfo("pg4da_spatial", 3496, "avh", 9), {}, {})
    chosen = choose_policy(str(path), cfg)
    assert (chosen.name, chosen.checkpoint) == ("tuned/model_9", path)
    assert chosen.weights == hashlib.sha256(path.read_bytes()).hexdigest()


def test_weights_of_another_method_are_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "model_9.pt", CheckpointInfo("epg", 3496, "avh", 9), {}, {})
    with pytest.raises(CheckpointError, match="checkpoint has network 'epg', expected 'pg4da_spatial'"):
        choose_policy(str(tmp_path / "model_9.pt"), DualArmPushGraspPPORunnerCfg())


@pytest.mark.parametrize(
    ("network", "image", "advice"),
    [
        ("pg4da", "avh", "was trained with agent=paper; give that here, too"),
        ("pg4da_spatial", "rgb", "needs agent.backbone.trainable=true, as in its training"),
    ],
)
def test_weights_that_need_other_settings_say_which(tmp_path: Path, network: str, image: str, advice: str) -> None:
    save_checkpoint(tmp_path / "model_9.pt", CheckpointInfo(network, 3496, image, 9), {}, {})
    with pytest.raises(UserError, match=advice):
        choose_policy(str(tmp_path / "model_9.pt"), DualArmPushGraspPPORunnerCfg())
