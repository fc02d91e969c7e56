"""Scenes of every family: they come to rest on the table, nothing sinks in, and a seed repeats them to the bit."""

from __future__ import annotations

import torch
from rich.progress import track

from pg_tasks.app.bench import Bench, open_bench
from pg_tasks.envs.push_grasp_env import REST_SPEED, REST_TIME
from pg_tasks.envs.scene_sets import FamilyScenes
from pushgrasp.console import Console
from pushgrasp.interface.outcome import lost_slots
from pushgrasp.scenes.families import families, family_named
from pushgrasp.scenes.scene import Scene

from .figures import Figure

WORLDS = 10
LONGEST = 3.0
"""How long a scene may take to come to rest [s]."""

REPEATED = 5
"""Scenes of each family that are drawn twice."""


def run(scenes: int = 100, only: str | None = None) -> list[Figure]:
    """Run the benchmark: so many scenes of each family, or of those named with commas, ten at a time."""
    names = [family_named(name).name for name in only.split(",")] if only else list(families())
    figures: list[Figure] = []
    deepest = 0.0
    unlike = 0
    with open_bench(WORLDS, 1, [f"env.clutter.scenes={','.join(names)}"]) as bench:
        for name in track(names, "families of scenes", console=Console(stderr=True)):
            lost, moving, depth = _settle_family(bench, name, scenes)
            unlike += sum(draw(name, seed) != draw(name, seed) for seed in range(min(REPEATED, scenes)))
            deepest = max(deepest, depth)
            figures.append(Figure("scenes", f"{name}: objects lost, of {scenes} scenes", lost, at_most=0))
            figures.append(Figure("scenes", f"{name}: scenes still moving after {LONGEST:g} s", moving))
    return [
        *figures,
        Figure("scenes", "deepest penetration at rest", 1e3 * deepest, "mm", at_most=2.0),
        Figure("scenes", f"scenes that a seed does not repeat, {REPEATED} of each family", unlike, at_most=0),
    ]


def draw(name: str, seed: int) -> Scene:
    """Scene of a family, its index that of its seed."""
    return FamilyScenes(families()[name]).draw(torch.Generator().manual_seed(seed), seed)


def _settle_family(bench: Bench, name: str, scenes: int) -> tuple[int, int, float]:
    """Objects lost, scenes that still move, and the deepest penetration [m] of a family's first scenes."""
    lost = moving = 0
    deepest = 0.0
    for start in range(0, scenes, WORLDS):
        bench.place([draw(name, start + world) for world in range(WORLDS)])
        judged = torch.arange(WORLDS) < scenes - start
        moving += int((_still_moving(bench) & judged).sum())
        lost += int((lost_slots(bench.env.objects.position, bench.env.objects.active).sum(dim=1) * judged).sum())
        deepest = max(deepest, float(bench.resting_penetration(bench.geoms("slot_"))[judged.numpy()].max()))
    return lost, moving, deepest


def _still_moving(bench: Bench) -> torch.Tensor:
    """Let the scenes come to rest; return which (N,) have not within :data:`LONGEST`."""
    rested = torch.zeros(bench.worlds)
    for _ in range(round(LONGEST / bench.dt)):
        bench.rest(bench.dt)
        still = (bench.env.objects.speed < REST_SPEED).all(dim=1)
        rested = torch.where(still, rested + bench.dt, 0.0)
        if bool((rested >= REST_TIME).all()):
            break
    return rested < REST_TIME
