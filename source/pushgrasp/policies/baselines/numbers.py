"""Policies without a mind: the published action's numbers drawn at random, or all zero."""

from __future__ import annotations

import torch
from torch import Tensor

from pushgrasp.interface.action import Action
from pushgrasp.interface.outcome import Outcome
from pushgrasp.interface.world import Observation, World
from pushgrasp.policies.pg4da.action import ACTION_SIZE, decode_action


class ZeroPolicy:
    """Actions of zeros: what the decoders prefer."""

    def __init__(self, world: World) -> None:
        """Act in ``world``."""
        self._world = world

    def begin(self, world: int, generator: torch.Generator) -> None:
        """Nothing to remember."""

    def act(self, seen: Observation, running: Tensor) -> Action:
        """Return what the numbers mean."""
        del running
        return decode_action(self._numbers().to(seen.target_id.device), seen, self._world.arms, self._world.decoder)

    def learn_of(self, action: Action, outcome: Outcome) -> None:
        """Nothing to learn."""

    def _numbers(self) -> Tensor:
        return torch.zeros(self._world.num_worlds, ACTION_SIZE)


class RandomPolicy(ZeroPolicy):
    """Actions of standard normal numbers, drawn from each trial's own generator."""

    def __init__(self, world: World) -> None:
        """Start without trials."""
        super().__init__(world)
        self._generators = [torch.Generator() for _ in range(world.num_worlds)]

    def begin(self, world: int, generator: torch.Generator) -> None:
        """Draw from ``generator`` in this world from now on."""
        self._generators[world] = generator

    def _numbers(self) -> Tensor:
        return torch.stack([torch.randn(ACTION_SIZE, generator=generator) for generator in self._generators])
