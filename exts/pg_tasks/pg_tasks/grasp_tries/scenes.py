"""Settled scenes of 2 to 25 objects, in which grasps are tried."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch

from pg_tasks.envs.settling import draw_settled
from pg_tasks.grasp_data.arrangements import walled
from pushgrasp.scenes.designs import moved
from pushgrasp.scenes.generators import cluttered
from pushgrasp.scenes.piles import covered, packed
from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.slots import SlotLayout

MOST = 25
"""Objects of a scene at most."""

TRIES = 50
"""Scenes drawn until one comes to rest with all of its objects on the table."""

SHIFT = 0.1
"""Scenes are shifted by up to so much along x and y [m]."""

Draw = Callable[[torch.Generator, Sequence[str]], Scene]


def _heap(generator: torch.Generator, pool: Sequence[str]) -> Scene:
    return cluttered(generator, _count(generator, 2, MOST), centre_extent=0.0, layout=SlotLayout(tuple(pool)))


def _packed(generator: torch.Generator, pool: Sequence[str]) -> Scene:
    return packed(generator, _count(generator, 4, 20), pool, _any(generator, pool))


def _dense(generator: torch.Generator, pool: Sequence[str]) -> Scene:
    count = _count(generator, 10, MOST)
    return covered(generator, count, _count(generator, 3, count // 2), pool, _any(generator, pool), [])


FAMILIES: dict[str, tuple[Draw, float]] = {
    "heap": (_heap, 0.55),
    "packed": (_packed, 0.2),
    "dense": (_dense, 0.1),
    "walls": (walled, 0.15),
}
"""How the scenes of each family are drawn from a pool of shapes, and the family's share."""


def pool() -> tuple[str, ...]:
    """Shapes that a scene may hold, each as often as it occurs."""
    return SlotLayout.default(MOST).shapes


def draw_scene(generator: torch.Generator, shapes: Sequence[str]) -> Scene:
    """Return a settled scene of a random family, turned by any angle and shifted.

    Args:
        generator: Source of all randomness, on the CPU.
        shapes: Shapes that may be taken, each as often as it occurs.

    Raises:
        ValueError: If none of :data:`TRIES` scenes comes to rest on the table.
    """
    shares = torch.tensor([share for _, share in FAMILIES.values()])
    name = list(FAMILIES)[int(torch.multinomial(shares, 1, generator=generator))]
    return draw_settled(
        lambda: _anywhere(generator, FAMILIES[name][0](generator, shapes)), TRIES, f"scene family {name}"
    )


def _anywhere(generator: torch.Generator, scene: Scene) -> Scene:
    """The scene turned by any angle and shifted."""
    turn, x, y = (2.0 * torch.rand(3, generator=generator, dtype=torch.float64) - 1.0).tolist()
    return moved(scene, math.pi * turn, (SHIFT * x, SHIFT * y))


def _count(generator: torch.Generator, low: int, high: int) -> int:
    return int(torch.randint(low, high + 1, (), generator=generator))


def _any(generator: torch.Generator, shapes: Sequence[str]) -> str:
    return shapes[_count(generator, 0, len(shapes) - 1)]
