"""A heap of dropped blocks: it comes to rest, nothing sinks in, nothing falls through."""

from __future__ import annotations

import numpy as np
import torch

from pg_tasks.app.bench import Bench, open_bench
from pg_tasks.envs.push_grasp_env import REST_SPEED
from pushgrasp.scenes.generators import cluttered

from .figures import Figure

DURATION = 4.0
"""How long each heap is watched [s]."""


def run(num_objects: int = 20, seeds: int = 24, physics: str = "mujoco") -> list[Figure]:
    """Run the benchmark: one heap per seed, each in its own world."""
    with open_bench(seeds, num_objects, physics=physics) as bench:
        moving, below = watch(bench, num_objects)
        depth = bench.resting_penetration(bench.geoms("slot_"))
    longest = f"time until {num_objects} blocks rest, longest of {seeds}"
    return [
        Figure("pile", longest, float(moving.max()), "s", at_most=3.0),
        Figure("pile", "time until rest, median", float(moving.median()), "s"),
        Figure("pile", "deepest penetration at rest", 1e3 * float(depth.max()), "mm", at_most=2.0),
        Figure("pile", "median of the deepest penetrations", 1e3 * float(np.median(depth)), "mm"),
        Figure("pile", "blocks below the table, fallen through or off", below, at_most=0),
    ]


def watch(bench: Bench, num_objects: int) -> tuple[torch.Tensor, int]:
    """Drop one heap per world; return when it last moved (N,) [s] and how many blocks ended below the table."""
    layout = bench.env.cfg.clutter.slot_layout()
    seeds = (torch.Generator().manual_seed(seed) for seed in range(bench.worlds))
    bench.place([cluttered(seed, num_objects, centre_extent=0.0, layout=layout) for seed in seeds])
    objects, last = bench.env.objects, torch.zeros(bench.worlds)
    for step in range(round(DURATION / bench.dt)):
        bench.rest(bench.dt)
        moving = (objects.speed > REST_SPEED).any(dim=1)
        last = torch.where(moving, (step + 1) * bench.dt, last)
    return last, int((objects.active & (objects.position[..., 2] < 0.0)).sum())
