"""Cost of the ``mujoco`` preset over plain MuJoCo: the same states, models, controls and threads, turn by turn."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import mujoco
import numpy as np
import torch

from pg_tasks.app.policies import random_policy

from .figures import Figure
from .stage import Stage, open_stage

TURN = 25
"""Ticks per turn: first the preset, then plain MuJoCo over the same stretch."""


class PlainMuJoCo:
    """MuJoCo without Newton and Isaac Lab: copies of the models and states, stepped in threads."""

    def __init__(self, stage: Stage) -> None:
        """Copy what the preset steps."""
        self._solver = stage.solver
        self._datas = [mujoco.MjData(model) for model in self._solver.models]
        self._substeps = round(stage.dt / self._solver.models[0].opt.timestep)
        self._pool = ThreadPoolExecutor(self._solver.threads)

    def load(self) -> None:
        """Take over the preset's present states."""
        for model, mine, data in zip(self._solver.models, self._datas, self._solver.datas, strict=True):
            mujoco.mj_copyData(mine, model, data)

    def run(self, controls: list[np.ndarray]) -> None:
        """Step all worlds under the controls (worlds, nu) of each tick."""

        def step(world: int) -> None:
            self._datas[world].ctrl[:] = control[world]
            mujoco.mj_step(self._solver.models[world], self._datas[world], self._substeps)

        for control in controls:
            list(self._pool.map(step, range(len(self._datas))))

    def difference(self) -> float:
        """Largest difference of a coordinate from the preset's state."""
        pairs = zip(self._datas, self._solver.datas, strict=True)
        return max(float(np.abs(mine.qpos - data.qpos).max()) for mine, data in pairs)


class Turns:
    """Times an environment's ticks in turns with plain MuJoCo, from the environment's own tick callback."""

    def __init__(self, stage: Stage) -> None:
        """Start before the first tick of an action."""
        self._stage, self._plain = stage, PlainMuJoCo(stage)
        self._controls: list[np.ndarray] = []
        self._preset = 0.0
        self.ratios: list[float] = []
        self.worst_difference = 0.0

    def around_step(self, step: object) -> None:
        """Run one physics step of the preset and every :data:`TURN` steps its plain twin."""
        if not self._controls:
            self._plain.load()
        start = time.perf_counter()
        step()
        self._preset += time.perf_counter() - start
        self._controls.append(self._stage.solver.controls().copy())
        if len(self._controls) == TURN:
            self._compare()

    def _compare(self) -> None:
        start = time.perf_counter()
        self._plain.run(self._controls)
        self.ratios.append(self._preset / (time.perf_counter() - start))
        self.worst_difference = max(self.worst_difference, self._plain.difference())
        self._controls, self._preset = [], 0.0

    def abandon(self) -> None:
        """Forget an unfinished turn, because the states are about to be changed."""
        self._controls, self._preset = [], 0.0


def run(worlds: int = 8, num_objects: int = 10, actions: int = 4) -> list[Figure]:
    """Run the benchmark over a few actions of a random policy."""
    policy = random_policy(0)
    with open_stage(worlds, num_objects) as stage:
        env = stage.env
        observation, _ = env.reset(seed=0)
        turns = Turns(stage)
        plain_step, plain_reset = env.sim.step, env._reset_idx

        def step(render: bool = True) -> None:
            turns.around_step(lambda: plain_step(render=render))

        def reset(env_ids: torch.Tensor) -> None:
            env.sim.step = plain_step
            plain_reset(env_ids)
            env.sim.step = step
            turns.abandon()

        env.sim.step, env._reset_idx = step, reset
        for _ in range(actions):
            turns.abandon()
            observation, *_ = env.step(policy(observation["policy"]))
    return [
        Figure("solver", f"preset over plain MuJoCo, median of {len(turns.ratios)} turns", median(turns.ratios), at_most=1.6),
        Figure("solver", "upper quartile", float(np.quantile(turns.ratios, 0.75))),
        Figure("solver", "largest difference of a coordinate after a turn", turns.worst_difference, at_most=0.0),
    ]
