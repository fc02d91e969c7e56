"""Policies that choose actions from pictures."""

from __future__ import annotations

import torch

from pushgrasp.policies.pg4da.action import ACTION_SIZE
from pushgrasp.training.runner import PushGraspRunner

from .trials import Policy


def random_policy(seed: int) -> Policy:
    """Return a policy of standard normal actions, drawn anew from ``seed``."""
    generator = torch.Generator().manual_seed(seed)

    def act(pictures: torch.Tensor) -> torch.Tensor:
        return torch.randn(len(pictures), ACTION_SIZE, generator=generator).to(pictures.device)

    return act


def zero_policy(pictures: torch.Tensor) -> torch.Tensor:
    """Return the action of zeros: the decoders' own preferences."""
    return torch.zeros(len(pictures), ACTION_SIZE, device=pictures.device)


def trained_policy(runner: PushGraspRunner) -> Policy:
    """Return how the runner's present networks act in the runner's environment (see ``PushGraspActor.play``)."""
    policy, env = runner.policy.eval(), runner.env
    encode = getattr(env, "encode", None)

    def act(pictures: torch.Tensor) -> torch.Tensor:
        observations = env.observe(pictures)
        if encode is not None:
            observations = encode(observations)
        return policy.play(observations.to(runner.device)).to(pictures.device)

    return act
