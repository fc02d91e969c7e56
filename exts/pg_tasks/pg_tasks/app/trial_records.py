"""What the records of trials say about the environment's last action and about a scene."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from pg_tasks.envs.push_grasp_env import PushGraspEnv
from pushgrasp.evaluation.records import ActionRecord, TrialRecord
from pushgrasp.evaluation.replay import Setup, StateData, to_data, to_text
from pushgrasp.interface.action import KIND_NAMES
from pushgrasp.policies.pg4da.reward import memberships
from pushgrasp.scenes.scene import Scene


def states(env: PushGraspEnv, setups: Sequence[Setup | None]) -> list[StateData | None]:
    """Return where the objects of each world lie now, None where no trial runs; call it before an action."""
    objects = env.objects
    poses = torch.cat((objects.position, objects.quaternion), dim=-1)
    poses = poses.masked_fill(~objects.active[..., None], torch.nan).cpu()
    return [
        None if setup is None else StateData(target=target, poses=to_text(poses[world, list(setup.slots)]))
        for world, (setup, target) in enumerate(zip(setups, objects.target.tolist(), strict=True))
    ]


def action_records(env: PushGraspEnv, before: Sequence[StateData | None]) -> list[ActionRecord]:
    """Return the record of the last action of each world, given the states before it; call it before the next one."""
    outcome, action, rate = env.outcome, env.action, env.isolate_rate
    depths = [None] * env.num_envs if env.pad_penetration is None else env.pad_penetration.tolist()
    columns = {
        "kinds": outcome.kind,
        "success": outcome.success,
        "scores": action.score,
        "planned": action.planned,
        "executed": outcome.executed,
        "wrong_lifted": outcome.wrong_lifted,
        "lifted": outcome.lifted.sum(dim=2),
        "lost": outcome.num_lost,
        "isolate_rate": rate,
        "levels": memberships(rate, env.cfg.reward.break_points),
        "reward": env.reward_buf,
        "simulated_s": env.action_ticks.double() * env.physics_dt,
    }
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    motions = (to_data(action, world) for world in range(env.num_envs))
    return [
        _action(**dict(zip(columns, row, strict=True)), pad_penetration_m=depth, motion=motion, before=state)
        for row, depth, motion, state in zip(rows, depths, motions, before, strict=True)
    ]


def _action(
    kinds: Sequence[int],
    scores: Sequence[float],
    levels: Sequence[float],
    lifted: Sequence[int],
    **facts: Any,  # noqa: ANN401
) -> ActionRecord:
    names: tuple[Any, ...] = tuple(KIND_NAMES[kind] for kind in kinds)
    given: Any = {name: score for name, score in zip(KIND_NAMES, scores, strict=True) if math.isfinite(score)}
    return ActionRecord(kinds=names, scores=given, levels=tuple(levels), lifted=tuple(lifted), **facts)


def start_facts(env: PushGraspEnv, world: int) -> dict[str, Any]:
    """Return what a trial's record says about the scene that has settled in a world."""
    objects, scene = env.objects, env.scenes.current[world]
    slots = objects.active[world].nonzero()[:, 0].tolist()
    shapes = tuple(env._layout.shapes[slot] for slot in slots)
    facts: dict[str, Any] = {
        "objects": len(slots),
        "setup": Setup(env.cfg.rig, env.rig.num_arms, tuple(slots), shapes),
        "target_cells": int((env.heightmaps.ids[world] == env.target_id[world]).sum()),
    }
    if scene is not None:
        facts |= {"scene": scene.name, "target": scene.objects[scene.target].shape, "visibility": scene.visibility}
        if scene.start == "rest":
            facts["settled_m"] = _settled(env, world, scene)
    return facts


def _settled(env: PushGraspEnv, world: int, scene: Scene) -> float:
    """Return how far the farthest object has moved from where the scene had it [m]."""
    placed = env._layout.assign([scene])
    moved = (env.objects.position[world].cpu() - placed.position[0]).norm(dim=-1)
    return float(moved[placed.active[0]].max())


def trial_record(
    env: PushGraspEnv, world: int, number: int, actions: Sequence[ActionRecord], facts: dict[str, Any]
) -> TrialRecord:
    """Return the record of the trial that the last action has ended in a world."""
    outcome = env.outcome
    grasped = bool(outcome.grasped[world])
    return TrialRecord(
        trial=number,
        completed=grasped,
        actions=tuple(actions),
        objects_lost=int(outcome.num_lost[world]),
        fault=bool(outcome.fault[world]),
        taken=int(grasped),
        **facts,
    )
