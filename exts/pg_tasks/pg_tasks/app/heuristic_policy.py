"""The heuristic baseline as a policy of trials."""

from __future__ import annotations

from dataclasses import fields

import torch

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.decoding.decoder import Decision
from pushgrasp.policies.baselines.heuristic import Heuristic


class HeuristicPolicy:
    """A heuristic for each world, which sees its heightmaps and remembers what it has tried in its trial."""

    def __init__(self, env: PushGraspEnv) -> None:
        """Start without trials."""
        cfg = env.cfg
        self._worlds = [Heuristic(cfg.workspace, cfg.decoder, cfg.num_arms) for _ in range(env.num_envs)]

    def begin(self, world: int, generator: torch.Generator) -> None:
        """Forget what was tried; nothing is drawn at random."""
        del generator
        self._worlds[world].begin()

    def act(self, env: PushGraspEnv, running: torch.Tensor) -> Decision:
        """Return the decisions; where nothing runs, that of the world before."""
        found: list[Decision] = []
        for world, heuristic in enumerate(self._worlds):
            if running[world] or not found:
                found.append(heuristic.decide(env.heightmaps.of(world), env.target_id[world : world + 1]))
            else:
                found.append(found[-1])
        return _joined(found)


def _joined(decisions: list[Decision]) -> Decision:
    """Decisions of one world each as one of all of them."""
    parts = {name: [getattr(decision, name) for decision in decisions] for name in vars(decisions[0])}
    return Decision(**{name: _stack(values) for name, values in parts.items()})


def _stack(values: list) -> object:
    if isinstance(values[0], torch.Tensor):
        return torch.cat(values)
    kind = type(values[0])
    return kind(**{item.name: torch.cat([getattr(value, item.name) for value in values]) for item in fields(kind)})
