"""Actions per minute with UR5e arms: planning, physics, rendering and resets, with a random policy."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .figures import Figure
from .stage import Stage, open_stage

WARM_UP = 1
"""Environment steps before the clock starts."""


def run(worlds: int = 8, num_objects: int = 20, actions: int = 160) -> list[Figure]:
    """Run the benchmark."""
    steps = max(1, round(actions / worlds))
    with open_stage(worlds, num_objects, ["env.rig=full"]) as stage:
        planning = _Stopwatch(stage.env.rig.plan)
        stage.env.rig.plan = planning
        executed, wall, cpu = _act(stage, steps, planning)
    case, done = f"{num_objects} blocks, {worlds} worlds", worlds * steps
    return [
        Figure("full_throughput", f"actions per minute, {case}", 60.0 * done / wall, "/min", at_least=100.0),
        Figure("full_throughput", "CPU time per action", cpu / done, "s"),
        Figure("full_throughput", "of it, planning of the arms", planning.seconds / done, "s"),
        Figure("full_throughput", "actions carried out, of those decoded", 100.0 * executed, "%"),
    ]


class _Stopwatch:
    """Adds up the CPU time of a function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function, self.seconds = function, 0.0

    def __call__(self, *args: Any) -> Any:  # noqa: ANN401
        start = time.process_time()
        result = self._function(*args)
        self.seconds += time.process_time() - start
        return result


def _act(stage: Stage, steps: int, planning: _Stopwatch) -> tuple[float, float, float]:
    """Take environment steps; return the share of decoded actions carried out, wall-clock and CPU time [s]."""
    env = stage.env
    env.reset(seed=0)
    executed = decoded = 0
    wall = cpu = 0.0
    for step in range(WARM_UP + steps):
        if step == WARM_UP:
            wall, cpu, planning.seconds, executed, decoded = time.perf_counter(), time.process_time(), 0.0, 0, 0
        env.step(stage.random_numbers())
        decoded += int(env.action.planned.sum())
        executed += int(env.outcome.executed.sum())
    return executed / max(1, decoded), time.perf_counter() - wall, time.process_time() - cpu
