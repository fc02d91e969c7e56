"""Cost of the ``mujoco`` preset over plain MuJoCo: the same states, models, controls and threads, action by action."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import mujoco
import numpy as np

from pg_tasks.app.bench import Bench, open_bench
from pg_tasks.physics.mujoco_solver import SolverMuJoCoThreads
from pushgrasp.physics.world_ticks import WorldPool

from .figures import Figure


@dataclass
class Stretch:
    """What the solver was told in one call: controls (worlds, T, nu) and ticks (worlds,), 0 where nothing happens."""

    controls: np.ndarray
    ticks: np.ndarray


@dataclass(frozen=True)
class Cost:
    """Time of one action with the preset and with plain MuJoCo [s], ticks, and largest difference of a coordinate."""

    preset: float
    plain: float
    ticks: int
    difference: float


class Recorder:
    """Listens to what the solver is told."""

    def __init__(self, solver: SolverMuJoCoThreads) -> None:
        """Listen from now on."""
        self._solver, self._advance, self._advance_along = solver, solver.advance, solver.advance_along
        self.stretches: list[Stretch] = []
        self.spent = 0.0
        """Time that listening took [s]."""
        solver.advance, solver.advance_along = self._listen, self._listen_along

    def _listen(self, ticks: int) -> None:
        start = time.perf_counter()
        controls = np.repeat(self._solver.controls()[:, None], ticks, axis=1)
        self.stretches.append(Stretch(controls, ticks * self._solver.active))
        self.spent += time.perf_counter() - start
        self._advance(ticks)

    def _listen_along(self, controls: np.ndarray, ticks: np.ndarray) -> None:
        self.stretches.append(Stretch(controls, ticks * self._solver.active))
        self._advance_along(controls, ticks)


class PlainMuJoCo:
    """MuJoCo without Newton and Isaac Lab: copies of the states under the same models, stepped in as many threads."""

    def __init__(self, solver: SolverMuJoCoThreads) -> None:
        """Make room for copies of what the preset steps."""
        self._solver = solver
        self._datas = [mujoco.MjData(model) for model in solver.models]
        self._pool = WorldPool(solver.threads)

    def load(self) -> None:
        """Take over the preset's present states."""
        for model, mine, data in zip(self._solver.models, self._datas, self._solver.datas, strict=True):
            mujoco.mj_copyData(mine, model, data)

    def run(self, stretches: list[Stretch]) -> None:
        """Step the worlds as the preset's solver was told."""
        for stretch in stretches:

            def step(world: int, stretch: Stretch = stretch) -> None:
                for control in stretch.controls[world, : stretch.ticks[world]]:
                    self._datas[world].ctrl[:] = control
                    mujoco.mj_step(self._solver.models[world], self._datas[world], self._solver.substeps)

            self._pool.run(step, np.flatnonzero(stretch.ticks).tolist())

    def difference(self) -> float:
        """Largest difference of a coordinate from the preset's state."""
        pairs = zip(self._datas, self._solver.datas, strict=True)
        return max(float(np.abs(mine.qpos - data.qpos).max()) for mine, data in pairs)


def run(worlds: int = 8, num_objects: int = 20, actions: int = 8) -> list[Figure]:
    """Run the benchmark over a few actions of a random policy; the cost is judged action by action."""
    costs = []
    with open_bench(worlds, num_objects) as bench:
        env, plain, recorder = bench.env, PlainMuJoCo(bench.solver), Recorder(bench.solver)
        env.reset(seed=0)
        for _ in range(actions):
            env._pre_physics_step(bench.random_numbers())
            costs.append(compare(bench, plain, recorder))
            env.heightmaps = env.observer.heightmaps()
    ratios = [cost.preset / cost.plain for cost in costs]
    added = 1e3 * median((cost.preset - cost.plain) / cost.ticks for cost in costs)
    case = f"{worlds} worlds of {num_objects} blocks"
    return [
        Figure(
            "solver", f"preset over plain MuJoCo, {case}, median of {actions} actions", median(ratios), at_most=1.25
        ),
        Figure("solver", "preset over plain MuJoCo, highest action", max(ratios)),
        Figure("solver", "preset less plain MuJoCo, per tick", added, "ms"),
        Figure("solver", "largest difference of a coordinate", max(c.difference for c in costs), at_most=0.0),
    ]


def compare(bench: Bench, plain: PlainMuJoCo, recorder: Recorder) -> Cost:
    """Carry the planned action out as the environment does, rig and Isaac Lab included, then plainly."""
    plain.load()
    recorder.stretches, recorder.spent = [], 0.0
    preset = _timed(lambda: _act(bench)) - recorder.spent
    plainly = _timed(lambda: plain.run(recorder.stretches))
    return Cost(preset, plainly, sum(int(s.ticks.max()) for s in recorder.stretches), plain.difference())


def _act(bench: Bench) -> None:
    for _ in range(bench.env.cfg.decimation):
        bench.env._apply_action()
        bench.tick()


def _timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
