"""Actions per minute of the whole environment: planning, physics, rendering and resets, with a random policy."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pg_tasks.app.bench import open_bench

from .figures import Figure

TARGETS = {10: 400.0, 20: 300.0, 35: 200.0}
"""Least actions per minute by number of blocks, on two cores that do nothing else."""

WARM_UP = 1
"""Environment steps before the clock starts."""


@dataclass(frozen=True)
class Speed:
    """Speed of one setting."""

    per_minute: float
    """Actions per minute of wall-clock time."""
    cpu_per_action: float
    """CPU time of one action, all threads [s]."""
    planning: float
    """Of it, what the rig needs to plan [s]."""
    ticks: float
    """Mean physics ticks of an action."""
    executed: float
    """Actions carried out, of those decoded [%]."""


class _Stopwatch:
    """Adds up the CPU time of a function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function, self.seconds = function, 0.0

    def __call__(self, *args: Any) -> Any:  # noqa: ANN401
        start = time.process_time()
        result = self._function(*args)
        self.seconds += time.process_time() - start
        return result


def measure(worlds: int, num_objects: int, steps: int, overrides: Sequence[str] = ()) -> Speed:
    """Take ``steps`` environment steps, one action per world and step."""
    with open_bench(worlds, num_objects, overrides) as bench:
        env = bench.env
        env.rig.plan = planning = _Stopwatch(env.rig.plan)
        env.reset(seed=0)
        for _ in range(WARM_UP):
            env.step(bench.random_numbers())
        ticks, executed, decoded, planning.seconds = 0.0, 0, 0, 0.0
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(steps):
            env.step(bench.random_numbers())
            ticks += float(env.action_ticks.double().mean())
            decoded += int(env.action.planned.sum())
            executed += int(env.outcome.executed.sum())
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    done = worlds * steps
    return Speed(
        60.0 * done / wall, cpu / done, planning.seconds / done, ticks / steps, 100.0 * executed / max(1, decoded)
    )


def run(worlds: int = 8, num_objects: int = 10, actions: int = 96) -> list[Figure]:
    """Run the benchmark with free grippers for one number of worlds; one setting per process."""
    speed = measure(worlds, num_objects, max(1, round(actions / worlds)))
    case = f"{num_objects} blocks, {worlds} worlds"
    return [
        Figure("throughput", f"actions per minute, {case}", speed.per_minute, "/min"),
        Figure("throughput", f"CPU time per action, {case}", speed.cpu_per_action, "s"),
        Figure("throughput", f"ticks per action, {case}", speed.ticks),
    ]


def run_full(worlds: int = 8, num_objects: int = 20, actions: int = 160) -> list[Figure]:
    """Run the benchmark with UR5e arms."""
    speed = measure(worlds, num_objects, max(1, round(actions / worlds)), ["env.rig=full"])
    case = f"{num_objects} blocks, {worlds} worlds"
    return [
        Figure("full_throughput", f"actions per minute, {case}", speed.per_minute, "/min", at_least=100.0),
        Figure("full_throughput", "CPU time per action", speed.cpu_per_action, "s"),
        Figure("full_throughput", "of it, planning of the arms", speed.planning, "s"),
        Figure("full_throughput", "actions carried out, of those decoded", speed.executed, "%"),
    ]


def best(figures: list[Figure]) -> list[Figure]:
    """Return the fastest setting of each number of blocks with its target."""
    found = []
    for blocks, target in TARGETS.items():
        rates = [f.value for f in figures if f.name.startswith(f"actions per minute, {blocks} blocks")]
        if rates:
            name = f"best actions per minute, {blocks} blocks"
            found.append(Figure("throughput", name, max(rates), "/min", at_least=target))
    return found
