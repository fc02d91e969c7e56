"""Cost of the ``mujoco`` preset over plain MuJoCo: the same states, models, controls and threads, turn by turn."""

from __future__ import annotations

import time
from statistics import median

import mujoco
import numpy as np

from pg_tasks.app.policies import random_policy
from pg_tasks.physics.mujoco_solver import WorldPool

from .figures import Figure
from .stage import Stage, open_stage

TURN = 25
"""Ticks per turn: first the preset, then plain MuJoCo over the same stretch."""


class PlainMuJoCo:
    """MuJoCo without Newton and Isaac Lab: copies of the states under the same models, stepped in as many threads."""

    def __init__(self, stage: Stage) -> None:
        """Make room for copies of what the preset steps."""
        self._solver = stage.solver
        self._datas = [mujoco.MjData(model) for model in self._solver.models]
        self._pool = WorldPool(self._solver.threads)

    def load(self) -> None:
        """Take over the preset's present states."""
        for model, mine, data in zip(self._solver.models, self._datas, self._solver.datas, strict=True):
            mujoco.mj_copyData(mine, model, data)

    def run(self, controls: list[np.ndarray]) -> None:
        """Step all worlds under the controls (worlds, nu) of each tick."""
        for control in controls:

            def step(world: int, control: np.ndarray = control) -> None:
                self._datas[world].ctrl[:] = control[world]
                mujoco.mj_step(self._solver.models[world], self._datas[world], self._solver.substeps)

            self._pool.run(step, len(self._datas))

    def difference(self) -> float:
        """Largest difference of a coordinate from the preset's state."""
        pairs = zip(self._datas, self._solver.datas, strict=True)
        return max(float(np.abs(mine.qpos - data.qpos).max()) for mine, data in pairs)


def run(worlds: int = 8, num_objects: int = 10, actions: int = 7) -> list[Figure]:
    """Run the benchmark over a few actions of a random policy; the cost is judged action by action."""
    policy = random_policy(0)
    costs = []
    with open_stage(worlds, num_objects) as stage:
        env, plain = stage.env, PlainMuJoCo(stage)
        env.reset(seed=0)
        for _ in range(actions):
            env._pre_physics_step(policy(env.heightmaps.colour))
            turns = [take_turns(stage, plain) for _ in range(max(1, env.cfg.decimation // TURN))]
            costs.append(np.array(turns))
            env.heightmaps = env.observer.heightmaps()
    ratios = [float(cost[:, 0].sum() / cost[:, 1].sum()) for cost in costs]
    every = np.concatenate(costs)
    added = 1e3 * float(np.median(every[:, 0] - every[:, 1])) / TURN
    case = f"{worlds} worlds of {num_objects} blocks"
    return [
        Figure("solver", f"preset over plain MuJoCo, {case}, median of {actions} actions", median(ratios), at_most=1.6),
        Figure("solver", "preset over plain MuJoCo, highest action", max(ratios)),
        Figure("solver", "preset less plain MuJoCo, per tick", added, "ms"),
        Figure("solver", "largest difference of a coordinate after a turn", float(every[:, 2].max()), at_most=0.0),
    ]


def take_turns(stage: Stage, plain: PlainMuJoCo) -> tuple[float, float, float]:
    """Step the preset, with all that Isaac Lab does in a tick, then its plain twin over the same stretch.

    Returns:
        Time of the preset and of plain MuJoCo [s], and the largest difference of a coordinate at the end.
    """
    plain.load()
    controls, preset = [], 0.0
    for _ in range(TURN):
        stage.env._apply_action()
        start = time.perf_counter()
        stage.tick()
        preset += time.perf_counter() - start
        controls.append(stage.solver.controls().copy())
    start = time.perf_counter()
    plain.run(controls)
    return preset, time.perf_counter() - start, plain.difference()
