"""Which shards a data set consists of, which of them are there, and the recipe that they share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pushgrasp.files.atomic import atomic_write
from pushgrasp.files.json_files import read_json
from pushgrasp.files.text_files import FileError
from pushgrasp.grasping.data.shards import MAX_SAMPLES, SCHEMA, SUFFIX, shard_count

from .samples import VIEWS, RecipeCfg
from .shapes import HELD_OUT, SPLITS

WORLDS = 8
"""Scenes photographed at a time; they divide the samples of a shard. The samples depend on it."""

RECIPE = "recipe.json"
"""File that tells how the samples of a folder were made."""


@dataclass(frozen=True)
class Job:
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


def jobs(folder: Path, counts: Mapping[str, int]) -> list[Job]:
    """All shards of a data set of so many samples per split, in an order in which all splits grow alike."""
    found = [
        Job(folder / split / f"shard-{first // MAX_SAMPLES:05d}{SUFFIX}", split, first, min(MAX_SAMPLES, total - first))
        for split, total in counts.items()
        for first in range(0, total, MAX_SAMPLES)
    ]
    return sorted(found, key=lambda job: job.first / counts[job.split])


def left_to_do(all_jobs: list[Job]) -> list[Job]:
    """The shards that are not there yet, or have fewer samples than they shall have.

    Raises:
        ValueError: If one that is there is corrupt; the message names it and says what to do.
    """
    return [job for job in all_jobs if _samples_there(job.path) < job.count]


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
    recipe = _recipe(cfg)
    file = folder / RECIPE
    if file.exists():
        _check_recipe(file, recipe)
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} is there, but is no folder of grasp data; name a new or an empty one")
    for split in SPLITS:
        (folder / split).mkdir(parents=True, exist_ok=True)
    if not file.exists():
        atomic_write(file, lambda content: content.write((json.dumps(recipe, indent=2) + "\n").encode()))


def _recipe(cfg: RecipeCfg) -> dict[str, object]:
    fixed = {"schema": SCHEMA, "views": VIEWS, "worlds": WORLDS, "held_out": list(HELD_OUT)}
    return {**fixed, **json.loads(json.dumps(asdict(cfg)))}


def _check_recipe(file: Path, recipe: dict[str, object]) -> None:
    try:
        there = read_json(file)
    except FileError as error:
        raise ValueError(f"{error}; delete the folder or name another one") from None
    differing = [name for name in recipe if not isinstance(there, dict) or there.get(name) != recipe[name]]
    if differing:
        raise ValueError(
            f"{file.parent} holds grasp data made with another {', '.join(differing)}; name another folder or the same "
            "settings"
        )
