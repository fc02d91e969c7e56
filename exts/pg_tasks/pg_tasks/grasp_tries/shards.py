"""Shards of tried grasps: which of them are left to make, and what makes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from pushgrasp.jobs.job import Work
from pushgrasp.policies.maps.primitives import GraspPrimitiveCfg
from pushgrasp.policies.maps.tries import SUFFIX, recipe_text, shard_recipe, tries_bytes

from .collecting import open_collector

SCENES = 8
"""Scenes of a shard."""

FIRST_SEED = 1_000_003
"""Scene number n of seed s has the seed s * this + n."""


@dataclass(frozen=True)
class Recipe:
    """What decides what is in a shard."""

    seed: int
    tries: int
    """Grasps per scene, about."""
    primitive: GraspPrimitiveCfg

    @property
    def text(self) -> str:
        """The recipe as shards hold it."""
        return recipe_text(seed=self.seed, tries=self.tries, scenes=SCENES, primitive=asdict(self.primitive))


def shard_path(folder: Path, number: int) -> Path:
    """Return the file of a shard."""
    return folder / f"shard-{number:05d}{SUFFIX}"


def missing_shards(folder: Path, count: int, recipe: Recipe) -> list[int]:
    """Return the numbers of those of ``count`` shards that are not there.

    Raises:
        ValueError: If a shard was made by another recipe, or is not sound; the message names it.
    """
    missing = []
    for number in range(count):
        path = shard_path(folder, number)
        if not path.exists():
            missing.append(number)
        elif shard_recipe(path) != recipe.text:
            raise ValueError(f"{path} was made with another seed, number of tries or grasp; name another folder")
    return missing


@contextmanager
def open_tries(recipe: Recipe) -> Iterator[Work]:
    """Build a world in which grasps are tried, and give what makes the content of shards there, by their numbers."""
    torch.set_num_threads(1)
    with open_collector(recipe.primitive) as collector:

        def work(numbers: Iterator[int]) -> Iterator[tuple[int, bytes]]:
            for number in numbers:
                first = recipe.seed * FIRST_SEED + number * SCENES
                scenes = [collector.scene(first + index, recipe.tries) for index in range(SCENES)]
                yield number, tries_bytes(scenes, recipe.text)

        yield work
