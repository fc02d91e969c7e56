"""Scenes of the grasp test: light clutter, and targets that lean on others or stand between walls; all at rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import cos, radians, sqrt

import torch

from pg_tasks.envs.settling import settle
from pg_tasks.grasp_data.arrangements import leaning, walled
from pg_tasks.grasp_data.shapes import pool
from pushgrasp.scenes.generators import cluttered
from pushgrasp.scenes.rotations import rotate
from pushgrasp.scenes.scene import Scene
from pushgrasp.scenes.slots import SlotLayout

TRIES = 100
LIGHT_OBJECTS = (4, 8)
"""Fewest and most objects of light clutter."""

LIGHT_RADIUS = 0.06
"""Radius of light clutter over the square root of its number of objects [m]."""

TILTED = radians(15.0)
"""A target leans if none of its body axes is nearer to the vertical than this [rad]."""


def draw_light(generator: torch.Generator, index: int) -> Scene:
    """A few objects dropped apart or against each other; the target is any of them."""
    del index
    low, high = LIGHT_OBJECTS
    count = int(torch.randint(low, high + 1, (), generator=generator))
    return cluttered(generator, count, LIGHT_RADIUS * sqrt(count), 0.3, layout=SlotLayout(pool("test")))


def draw_hard(generator: torch.Generator, index: int) -> Scene:
    """In turn a target that leans on another object, and one with walls on some of its sides."""
    if index % 2:
        return walled(generator, pool("test"))
    return replace(leaning(generator, pool("test")), target=1)  # objects come in pairs: support, leaner


def fits_light(scene: Scene, index: int) -> bool:
    """Every settled scene will do."""
    del scene, index
    return True


def fits_hard(scene: Scene, index: int) -> bool:
    """Whether a target that should lean still does."""
    return bool(index % 2) or is_tilted(scene)


def is_tilted(scene: Scene) -> bool:
    """Whether no body axis of the target is near the vertical."""
    quaternion = scene.poses()[1][scene.target].double()
    heights = rotate(quaternion.expand(3, 4), torch.eye(3, dtype=torch.float64))[:, 2].abs()
    return float(heights.max()) < cos(TILTED)


Draw = Callable[[torch.Generator, int], Scene]
Check = Callable[[Scene, int], bool]

SETTINGS: dict[str, tuple[Draw, Check]] = {
    "light clutter": (draw_light, fits_light),
    "leaning or walled": (draw_hard, fits_hard),
}
"""How the scenes of each setting are drawn, and which of them count once they are at rest."""


def draw_scenes(setting: str, indices: Sequence[int], seed: int) -> list[Scene]:
    """Settled scenes of a setting, each the same for the same seed and index.

    Raises:
        ValueError: If no scene of an index comes to rest as it should.
    """
    return [_draw(setting, index, torch.Generator().manual_seed(1_000_003 * seed + index)) for index in indices]


def _draw(setting: str, index: int, generator: torch.Generator) -> Scene:
    draw, fits = SETTINGS[setting]
    for _ in range(TRIES):
        settled = settle(draw(generator, index))
        if settled.rested and not settled.lost and fits(settled.scene, index):
            return settled.scene
    raise ValueError(f"{setting}, scene {index}: none of {TRIES} drops came to rest as it should")
