"""Policies from pictures to actions."""

from __future__ import annotations

from types import SimpleNamespace

import torch
from tensordict import TensorDict

from pg_tasks.app.policies import random_policy, trained_policy, zero_policy

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
