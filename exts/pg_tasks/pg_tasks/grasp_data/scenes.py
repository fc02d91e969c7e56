"""Settled scenes of mixed families for the pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch

from pg_tasks.envs.settling import draw_settled
from pushgrasp.scenes.designs import moved
from pushgrasp.scenes.generators import cluttered, scattered
from pushgrasp.scenes.piles import covered, gaussian_drop, packed
from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.slots import SlotLayout

from .arrangements import leaning, walled

TRIES = 50
"""Scenes drawn until one comes to rest with all of its objects on the table."""

REACH = 0.42
"""Objects' centres lie within so much of the middle of the table along x and y before they settle [m]."""

Draw = Callable[[torch.Generator, Sequence[str]], Scene]


def _count(generator: torch.Generator, low: int, high: int) -> int:
    return int(torch.randint(low, high + 1, (), generator=generator))


def _any(generator: torch.Generator, pool: Sequence[str]) -> str:
    return pool[_count(generator, 0, len(pool) - 1)]


def _scattered(generator: torch.Generator, pool: Sequence[str]) -> Scene:
    return scattered(generator, _count(generator, 1, 12), extent=0.75, gap=0.02, layout=SlotLayout(tuple(pool)))


def _cluttered(generator: torch.Generator, pool: Sequence[str]) -> Scene:
    count, spread = _count(generator, 4, 14), 0.03 + 0.04 * float(torch.rand((), generator=generator))
    return cluttered(generator, count, spread * count**0.5, 0.3, layout=SlotLayout(tuple(pool)))


def _packed(generator: torch.Generator, pool: Sequence[str]) -> Scene:
    return packed(generator, _count(generator, 4, 18), pool, _any(generator, pool))


def _dense(generator: torch.Generator, pool: Sequence[str]) -> Scene:
    count = _count(generator, 10, 25)
    return covered(generator, count, _count(generator, 3, count // 2), pool, _any(generator, pool), [])


def _heap(generator: torch.Generator, pool: Sequence[str]) -> Scene:
    return gaussian_drop(generator, _count(generator, 8, 25), pool, 0.07, 1)


FAMILIES: dict[str, tuple[Draw, float]] = {
    "scattered": (_scattered, 0.16),
    "cluttered": (_cluttered, 0.26),
    "packed": (_packed, 0.12),
    "dense": (_dense, 0.12),
    "heap": (_heap, 0.08),
    "walls": (walled, 0.12),
    "leaning": (leaning, 0.14),
}
"""How the scenes of each family are drawn from a pool of shapes, and the family's share."""


def draw_scene(generator: torch.Generator, pool: Sequence[str]) -> Scene:
    """A settled scene of a random family, which its name tells.

    Args:
        generator: Source of all randomness, on the CPU.
        pool: Shapes that may be taken, each as often as it occurs.

    Raises:
        ValueError: If none of :data:`TRIES` scenes comes to rest on the table.
    """
    shares = torch.tensor([share for _, share in FAMILIES.values()])
    name = list(FAMILIES)[int(torch.multinomial(shares, 1, generator=generator))]
    scene = draw_settled(lambda: _shifted(generator, FAMILIES[name][0](generator, pool)), TRIES, f"scene family {name}")
    return replace(scene, name=name)


def _shifted(generator: torch.Generator, scene: Scene) -> Scene:
    """The scene at a random place of the table."""
    position = scene.poses()[0][:, :2]
    low, high = -REACH - position.amin(dim=0), REACH - position.amax(dim=0)
    shift = low + (high - low).clamp_min(0.0) * torch.rand(2, generator=generator, dtype=torch.float64)
    near = shift.clamp(-0.25, 0.25)
    return moved(scene, 0.0, (float(near[0]), float(near[1])))
