"""The heuristic baseline as a policy of trials."""

from __future__ import annotations

from typing import Any

import torch

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.decoding.decoder import Decision
from pushgrasp.policies.baselines.decisions import joined, no_decision
from pushgrasp.policies.baselines.heuristic import Heuristic


class HeuristicPolicy:
    """A heuristic for each world, which sees its heightmaps and remembers what it has tried in its trial."""

    def __init__(self, env: PushGraspEnv) -> None:
        """Start without trials."""
        cfg = env.cfg
        self._worlds = [Heuristic(cfg.workspace, cfg.decoder, cfg.num_arms) for _ in range(env.num_envs)]
        self._nothing = no_decision(cfg.num_arms, cfg.decoder.push.points)

    def begin(self, world: int, generator: torch.Generator) -> None:
        """Forget what was tried; nothing is drawn at random."""
        del generator
        self._worlds[world].begin()

    def get_state(self) -> list[dict[str, Any]]:
        """Return what was tried in each world, as plain data."""
        return [heuristic.get_state() for heuristic in self._worlds]

    def set_state(self, state: list[dict[str, Any]]) -> None:
        """Remember what :meth:`get_state` has returned."""
        for heuristic, tried in zip(self._worlds, state, strict=True):
            heuristic.set_state(tried)

    def act(self, env: PushGraspEnv, running: torch.Tensor) -> Decision:
        """Return a decision per world; where no trial runs, to do nothing."""
        looked = zip(self._worlds, running.tolist(), env.target_id.split(1), strict=True)
        return joined(
            [
                heuristic.decide(env.heightmaps.of(world), target) if busy else self._nothing
                for world, (heuristic, busy, target) in enumerate(looked)
            ]
        )
