"""Shards of tried grasps: which of them are left to make, and what makes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from pushgrasp.evaluation.digests import file_digest
from pushgrasp.jobs.job import Work
from pushgrasp.policies.epg.preferred import PreferredGrasps
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
    checkpoint: Path | None = None
    """Weights of epg whose preferred grasps are half of those tried."""
    digest: str = ""
    """SHA-256 of that file."""

    @staticmethod
    def of(seed: int, tries: int, checkpoint: Path | None) -> Recipe:
        """Return the recipe for grasps from above as all methods make them."""
        digest = "" if checkpoint is None else file_digest(checkpoint)
        return Recipe(seed, tries, GraspPrimitiveCfg(), checkpoint, digest)

    @property
    def text(self) -> str:
        """The recipe as shards hold it."""
        preferred = {"preferred": self.digest} if self.digest else {}
        return recipe_text(
            seed=self.seed, tries=self.tries, scenes=SCENES, primitive=asdict(self.primitive), **preferred
        )

    def preferred(self) -> PreferredGrasps | None:
        """Return what draws preferred grasps, if any are to be tried.

        Raises:
            ValueError: If the weights are others than when the recipe was made.
        """
        if self.checkpoint is None:
            return None
        if file_digest(self.checkpoint) != self.digest:
            raise ValueError(f"{self.checkpoint} has changed since the grasps were begun to be tried")
        return PreferredGrasps(self.checkpoint)


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
            raise ValueError(
                f"{path} was made with another seed, number of tries, grasp or checkpoint; name another folder"
            )
    return missing


@contextmanager
def open_tries(recipe: Recipe) -> Iterator[Work]:
    """Build a world in which grasps are tried, and give what makes the content of shards there, by their numbers."""
    torch.set_num_threads(1)
    with open_collector(recipe.primitive, recipe.preferred()) as collector:

        def work(numbers: Iterator[int]) -> Iterator[tuple[int, bytes]]:
            for number in numbers:
                first = recipe.seed * FIRST_SEED + number * SCENES
                scenes = [collector.scene(first + index, recipe.tries) for index in range(SCENES)]
                yield number, tries_bytes(scenes, recipe.text)

        yield work
