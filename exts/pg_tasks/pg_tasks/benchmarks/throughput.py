"""Actions per minute of the whole environment: planning, physics, rendering and resets, with a random policy."""

from __future__ import annotations

import time
from dataclasses import dataclass

from .figures import Figure
from .stage import open_stage

TARGETS = {10: 400.0, 20: 300.0, 35: 200.0}
"""Least actions per minute by number of blocks, on two cores that do nothing else."""

WARM_UP = 1
"""Environment steps before the clock starts."""


@dataclass(frozen=True)
class Speed:
    """Speed of one setting.

    Attributes:
        per_minute: Actions per minute of wall-clock time.
        cpu_per_action: CPU time of one action, all threads [s].
        ticks: Mean physics ticks of an action.
    """

    per_minute: float
    cpu_per_action: float
    ticks: float


def measure(worlds: int, num_objects: int, steps: int) -> Speed:
    """Take ``steps`` environment steps, one action per world and step."""
    ticks = 0.0
    with open_stage(worlds, num_objects) as stage:
        env = stage.env
        env.reset(seed=0)
        for step in range(WARM_UP + steps):
            if step == WARM_UP:
                wall, cpu, ticks = time.perf_counter(), time.process_time(), 0.0
            env.step(stage.random_numbers())
            ticks += float(env.action_ticks.double().mean())
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    actions = worlds * steps
    return Speed(60.0 * actions / wall, cpu / actions, ticks / steps)


def run(worlds: int = 8, num_objects: int = 10, actions: int = 96) -> list[Figure]:
    """Run the benchmark for one number of worlds; one setting per process."""
    speed = measure(worlds, num_objects, max(1, round(actions / worlds)))
    case = f"{num_objects} blocks, {worlds} worlds"
    return [
        Figure("throughput", f"actions per minute, {case}", speed.per_minute, "/min"),
        Figure("throughput", f"CPU time per action, {case}", speed.cpu_per_action, "s"),
        Figure("throughput", f"ticks per action, {case}", speed.ticks),
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
