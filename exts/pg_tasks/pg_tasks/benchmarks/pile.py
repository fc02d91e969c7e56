"""A heap of dropped blocks: it comes to rest, nothing sinks in, nothing falls through."""

from __future__ import annotations

import numpy as np
import torch

from pg_tasks.envs.push_grasp_env import REST_SPEED
from pushgrasp.scenes.generators import cluttered

from .figures import Figure
from .stage import Stage, open_stage

DURATION = 4.0
"""How long each heap is watched [s]."""


def run(num_objects: int = 20, seeds: int = 24) -> list[Figure]:
    """Run the benchmark: one heap per seed, each in its own world."""
    with open_stage(seeds, num_objects) as stage:
        moving, below = watch(stage, num_objects)
        depth = stage.resting_penetration(stage.geoms("slot_"))
    longest = f"time until {num_objects} blocks rest, longest of {seeds}"
    return [
        Figure("pile", longest, float(moving.max()), "s", at_most=3.0),
        Figure("pile", "time until rest, median", float(moving.median()), "s"),
        Figure("pile", "deepest penetration at rest", 1e3 * float(depth.max()), "mm", at_most=2.0),
        Figure("pile", "median of the deepest penetrations", 1e3 * float(np.median(depth)), "mm"),
        Figure("pile", "blocks below the table, fallen through or off", below, at_most=0),
    ]


def watch(stage: Stage, num_objects: int) -> tuple[torch.Tensor, int]:
    """Drop one heap per world; return when it last moved (N,) [s] and how many blocks ended below the table."""
    layout = stage.env.cfg.clutter.slot_layout()
    seeds = (torch.Generator().manual_seed(seed) for seed in range(stage.worlds))
    stage.place([cluttered(seed, num_objects, centre_extent=0.0, layout=layout) for seed in seeds])
    objects, last = stage.env.objects, torch.zeros(stage.worlds)
    for step in range(round(DURATION / stage.dt)):
        stage.rest(stage.dt)
        moving = (objects.speed > REST_SPEED).any(dim=1)
        last = torch.where(moving, (step + 1) * stage.dt, last)
    return last, int((objects.active & (objects.position[..., 2] < 0.0)).sum())
