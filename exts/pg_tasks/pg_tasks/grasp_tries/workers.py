"""Processes that make shards of tried grasps: one simulator each, shards from a counter that they share."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pg_tasks.evaluate.worker import SharedNumbers, end_with_parent
from pushgrasp.policies.maps.primitives import GraspPrimitiveCfg
from pushgrasp.policies.maps.tries import SUFFIX, recipe_text, shard_recipe, write_tries

SCENES = 8
"""Scenes of a shard."""

POLL = 0.5
"""Time between two looks at what is done [s]."""

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


def make_shards(folder: Path, numbers: Sequence[int], recipe: Recipe, workers: int) -> Iterator[int]:
    """Make shards in processes; give the number of each when it is there.

    Raises:
        ValueError: If a process failed; the message says why and where its log is.
    """
    counter = folder / "handed_out"
    counter.write_text("")
    logs = [folder / f"worker{index}.log" for index in range(workers)]
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=_work, args=(folder, tuple(numbers), recipe, counter, log), daemon=True) for log in logs
    ]
    for process in processes:
        process.start()
    try:
        left = set(numbers)
        while left:
            alive = any(process.is_alive() for process in processes)
            done = sorted(number for number in left if shard_path(folder, number).exists())
            yield from done
            left -= set(done)
            failed = [log for process, log in zip(processes, logs, strict=True) if process.exitcode]
            if failed or (left and not done and not alive):
                raise ValueError(f"{_last_line((failed or logs)[0])} (see {(failed or logs)[0]})")
            time.sleep(0.0 if done else POLL)
    finally:
        for process in processes:
            process.terminate()
            process.join()
        counter.unlink(missing_ok=True)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    return next((line for line in reversed(lines) if line.strip()), "a process ended early")


def _work(folder: Path, numbers: tuple[int, ...], recipe: Recipe, counter: Path, log: Path) -> None:
    """Make shards until none is left; what is printed goes to a log."""
    end_with_parent()
    with log.open("a", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.argv = sys.argv[:1]  # the simulator looks at the command line
    import torch

    torch.set_num_threads(1)
    from .collecting import open_collector

    with open_collector(recipe.primitive) as collector:
        for number in SharedNumbers(numbers, counter):
            first = recipe.seed * FIRST_SEED + number * SCENES
            scenes = [collector.scene(first + index, recipe.tries) for index in range(SCENES)]
            write_tries(shard_path(folder, number), scenes, recipe.text)
