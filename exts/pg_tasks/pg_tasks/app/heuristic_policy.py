"""The heuristic baseline as a policy of trials."""

from __future__ import annotations

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

    def act(self, env: PushGraspEnv, running: torch.Tensor) -> Decision:
        """Return a decision per world; where no trial runs, to do nothing."""
        looked = zip(self._worlds, running.tolist(), env.target_id.split(1), strict=True)
        return joined(
            [
                heuristic.decide(env.heightmaps.of(world), target) if busy else self._nothing
                for world, (heuristic, busy, target) in enumerate(looked)
            ]
        )
