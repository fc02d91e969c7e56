"""Grasps carried out in physics, one per world: does the object come up, and alone?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from pg_tasks.benchmarks.stage import Stage
from pushgrasp.interface.outcome import lifted_slots
from pushgrasp.motion.grasp import plan_grasps
from pushgrasp.scenes.scene import Scene


@dataclass(frozen=True)
class TriedGrasp:
    """A grasp of an object of a settled scene.

    Attributes:
        scene: The scene.
        item: Index of the object to lift among the scene's.
        position: TCP [m], shape (3,).
        rotation: Gripper to world, shape (3, 3).
        width: Opening before closing [m].
    """

    scene: Scene
    item: int
    position: torch.Tensor
    rotation: torch.Tensor
    width: float


@dataclass(frozen=True)
class Lifts:
    """What N grasps lifted: the object itself, and others; bool, shape (N,)."""

    lifted: torch.Tensor
    others: torch.Tensor


def execute(stage: Stage, grasps: Sequence[TriedGrasp]) -> Lifts:
    """Carry grasps out, as many at a time as there are worlds, with the arms of the training rig in turn."""
    parts = []
    for start in range(0, len(grasps), stage.worlds):
        batch = list(grasps[start : start + stage.worlds])
        short = stage.worlds - len(batch)
        lifted, others = _execute(stage, batch + batch[:1] * short)
        parts.append(torch.stack((lifted, others))[:, : len(batch)])
    lifted, others = torch.cat(parts, dim=1) if parts else torch.zeros(2, 0, dtype=torch.bool)
    return Lifts(lifted, others)


def _execute(stage: Stage, grasps: list[TriedGrasp]) -> tuple[torch.Tensor, torch.Tensor]:
    stage.place([grasp.scene for grasp in grasps])
    stage.rest(0.2)
    slots = torch.tensor([stage.slots(grasp.scene)[grasp.item] for grasp in grasps])
    rig, objects = stage.env.rig, stage.env.objects
    rotation = torch.stack([grasp.rotation for grasp in grasps]).float()
    position = torch.stack([grasp.position for grasp in grasps]).float()
    arms = rig.choose_arm(position, rotation)
    plan = plan_grasps(
        rig.home_position,
        rig.home_quaternion,
        position,
        rotation,
        torch.tensor([grasp.width for grasp in grasps]),
        arms,
        torch.ones(len(grasps), dtype=torch.bool),
        rig.geometry,
        stage.env.cfg.limits,
    )
    before = objects.position[..., 2].clone()
    top = before.clone()

    def watch(clock: float) -> None:
        nonlocal top
        holding = clock <= plan.measure_time
        top = torch.where(holding[:, None], objects.position[..., 2], top)

    stage.follow(plan, watch)
    lifted = lifted_slots(before, top, objects.active)
    mine = torch.nn.functional.one_hot(slots, lifted.shape[1]).bool()
    return (lifted & mine).any(dim=1), (lifted & ~mine).any(dim=1)
