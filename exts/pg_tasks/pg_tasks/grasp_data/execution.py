"""Grasps carried out in physics, one per world: does the object come up, and alone?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from pg_tasks.app.bench import Bench, Grasp
from pushgrasp.scenes.scene import Scene


@dataclass(frozen=True)
class TriedGrasp(Grasp):
    """A grasp of an object of a settled scene."""

    scene: Scene
    item: int
    """Index of the object to lift among the scene's."""


@dataclass(frozen=True)
class Lifts:
    """What N grasps lifted: the object itself, and others; bool, shape (N,)."""

    lifted: torch.Tensor
    others: torch.Tensor


def execute(bench: Bench, grasps: Sequence[TriedGrasp]) -> Lifts:
    """Carry grasps out, as many at a time as there are worlds, by the arms that reach them best."""
    parts = []
    for start in range(0, len(grasps), bench.worlds):
        batch = list(grasps[start : start + bench.worlds])
        short = bench.worlds - len(batch)
        lifted, others = _execute(bench, batch + batch[:1] * short)
        parts.append(torch.stack((lifted, others))[:, : len(batch)])
    lifted, others = torch.cat(parts, dim=1) if parts else torch.zeros(2, 0, dtype=torch.bool)
    return Lifts(lifted, others)


def _execute(bench: Bench, grasps: list[TriedGrasp]) -> tuple[torch.Tensor, torch.Tensor]:
    bench.place([grasp.scene for grasp in grasps])
    bench.rest(0.2)
    slots = torch.tensor([bench.slots(grasp.scene)[grasp.item] for grasp in grasps])
    lifted = bench.follow(bench.plan(bench.grasps(grasps))).lifted(bench.env.objects.active).any(dim=1)
    mine = torch.nn.functional.one_hot(slots, lifted.shape[1]).bool()
    return (lifted & mine).any(dim=1), (lifted & ~mine).any(dim=1)
