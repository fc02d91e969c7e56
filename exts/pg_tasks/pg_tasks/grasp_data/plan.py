"""Which shards a data set consists of, which of them are there, and the recipe that they share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pushgrasp.grasping.data.shards import MAX_SAMPLES, SCHEMA, SUFFIX, shard_count
from pushgrasp.jobs.identity import claim_folder

from .samples import VIEWS, RecipeCfg
from .shapes import HELD_OUT, SPLITS

WORLDS = 8
"""Scenes photographed at a time; they divide the samples of a shard. The samples depend on it."""

RECIPE = "recipe.json"
"""File that tells how the samples of a folder were made."""


@dataclass(frozen=True)
class Shard:
    """A shard to make.

    Attributes:
        path: Its file.
        split: Its split.
        first: Number of its first sample in the split.
        count: Its number of samples.
    """

    path: Path
    split: str
    first: int
    count: int


def all_shards(folder: Path, counts: Mapping[str, int]) -> list[Shard]:
    """All shards of a data set of so many samples per split, in an order in which all splits grow alike."""
    found = [
        Shard(
            folder / split / f"shard-{first // MAX_SAMPLES:05d}{SUFFIX}", split, first, min(MAX_SAMPLES, total - first)
        )
        for split, total in counts.items()
        for first in range(0, total, MAX_SAMPLES)
    ]
    return sorted(found, key=lambda shard: shard.first / counts[shard.split])


def left_to_do(shards: list[Shard]) -> list[Shard]:
    """The shards that are not there yet, or have fewer samples than they shall have.

    Raises:
        ValueError: If one that is there is corrupt; the message names it and says what to do.
    """
    return [shard for shard in shards if _samples_there(shard.path) < shard.count]


def _samples_there(path: Path) -> int:
    if not path.exists():
        return 0
    try:
        return shard_count(path)
    except ValueError as error:
        raise ValueError(f"{error}; delete it to have it made again") from error


def begin(folder: Path, cfg: RecipeCfg) -> None:
    """Make the folders of a data set and write down its recipe, or check that it is the one that is there.

    Raises:
        ValueError: If the folder holds data of another recipe, or something that is no data set.
        OSError: If the folder cannot be made or written to.
    """
    claim_folder(folder / RECIPE, _recipe(cfg), "grasp data")
    for split in SPLITS:
        (folder / split).mkdir(exist_ok=True)


def _recipe(cfg: RecipeCfg) -> dict[str, object]:
    fixed = {"schema": SCHEMA, "views": VIEWS, "worlds": WORLDS, "held_out": list(HELD_OUT)}
    return {**fixed, **json.loads(json.dumps(asdict(cfg)))}
