"""Worlds of MuJoCo C, stepped tick by tick in threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from pushgrasp.physics.mujoco_package import MjData, MjModel, import_mujoco


class WorldPool:
    """Threads that share out worlds among themselves; one task per thread, because submitting a task costs 30 us."""

    def __init__(self, threads: int) -> None:
        """Start the threads."""
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads)

    def run(self, work: Callable[[int], None], worlds: Sequence[int]) -> None:
        """Call ``work`` with each of ``worlds`` and wait; an exception comes through."""
        left = iter(worlds)  # next() on it is atomic

        def share() -> None:
            for world in left:
                work(world)

        for done in [self._pool.submit(share) for _ in range(min(self._threads, len(worlds)))]:
            done.result()


class WorldTicks:
    """W worlds, each with an ``MjModel`` and an ``MjData``; a tick is ``substeps`` MuJoCo steps."""

    models: list[MjModel]
    datas: list[MjData]
    substeps: int
    active: np.ndarray
    """Worlds for which time passes, shape (worlds,), bool; the others are left as they are."""
    on_tick: Callable[[int], None] | None = None
    """Called in a thread with a world whose tick, or whose several ticks of :meth:`advance`, are over."""
    pool: WorldPool

    def advance(self, ticks: int) -> None:
        """Step the active worlds under the controls in their ``MjData``; a tick is as long as in the last full step.

        States that were written through Newton since then must have come in by a full step first.
        """
        steps = ticks * self.substeps

        def step(world: int) -> None:
            self.step_world(world, steps)
            if self.on_tick is not None:
                self.on_tick(world)

        self.pool.run(step, self._longest_first(self.active * steps))

    def advance_along(self, controls: np.ndarray, ticks: np.ndarray) -> None:
        """Step the active worlds under controls known ahead, each world in one go.

        Args:
            controls: Controls of each tick, shape (worlds, T, nu).
            ticks: How many of them each world takes, shape (worlds,).
        """

        def step(world: int) -> None:
            data = self.datas[world]
            for control in controls[world, : ticks[world]]:
                data.ctrl[:] = control
                self.step_world(world, self.substeps)
                if self.on_tick is not None:
                    self.on_tick(world)

        self.pool.run(step, self._longest_first(self.active * ticks))

    def step_world(self, world: int, steps: int) -> None:
        """Step one world under the controls in its ``MjData``."""
        import_mujoco().mj_step(self.models[world], self.datas[world], steps)

    def controls(self) -> np.ndarray:
        """Controls of the last tick, shape (worlds, nu)."""
        return np.stack([data.ctrl for data in self.datas])

    def _longest_first(self, steps: np.ndarray) -> list[int]:
        """Worlds with any of the steps (worlds,) to take, those first that will take longest: no thread waits long."""
        work = {int(world): int(steps[world]) * self.datas[world].nv_awake for world in np.flatnonzero(steps)}
        return sorted(work, key=work.__getitem__, reverse=True)


class WorldCopies(WorldTicks):
    """Copies of one world to try things in; the world itself is only read.

    MuJoCo's state vector leaves out which islands sleep, so all of ``MjData`` is copied.
    """

    def __init__(self, worlds: WorldTicks, count: int) -> None:
        """Make room for ``count`` copies of one of ``worlds``."""
        self._worlds = worlds
        self.substeps = worlds.substeps
        self.pool = WorldPool(min(count, len(os.sched_getaffinity(0))))
        self.models = [worlds.models[0]] * count
        self.datas = [import_mujoco().MjData(model) for model in self.models]
        self.active = np.ones(count, dtype=bool)

    def take(self, world: int) -> None:
        """Make every copy one of a world as it is now."""
        mujoco = import_mujoco()
        model, data = self._worlds.models[world], self._worlds.datas[world]
        self.models = [model] * len(self.datas)
        for copy in self.datas:
            mujoco.mj_copyData(copy, model, data)
        self.active[:] = True
