"""What a worker builds to make shards, and how it makes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from pushgrasp.grasping.data.shards import shard_bytes
from pushgrasp.jobs.job import Work

from .plan import WORLDS, Shard
from .samples import RecipeCfg, make_samples
from .studio import open_studio


@contextmanager
def open_shards(shards: Sequence[Shard], cfg: RecipeCfg) -> Iterator[Work]:
    """Build a studio, and give what makes the content of shards there; their numbers are places in ``shards``."""
    torch.set_num_threads(1)
    with open_studio(WORLDS) as studio:

        def work(numbers: Iterator[int]) -> Iterator[tuple[int, bytes]]:
            for number in numbers:
                shard = shards[number]
                yield number, shard_bytes(make_samples(studio, cfg, shard.split, shard.first, shard.count))

        yield work
