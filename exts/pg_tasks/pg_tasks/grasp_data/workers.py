"""Processes that make shards: one simulator each, jobs from a queue."""

from __future__ import annotations

import multiprocessing
import os
import sys
import traceback
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from queue import Empty

from .jobs import WORLDS, Job
from .samples import RecipeCfg

POLL = 1.0
"""Time after which it is looked whether a process still lives [s]."""


def make_shards(todo: list[Job], cfg: RecipeCfg, workers: int, logs: Path) -> Iterator[tuple[Job, int]]:
    """Make shards in processes; give a job and the number of its samples made, again and again as they get more.

    A job is done when its file is there, which is before its last sample is told.

    Args:
        todo: What to make.
        cfg: How.
        workers: Number of processes.
        logs: Folder for what the processes print.

    Raises:
        ValueError: If a process failed; the message says why and where its log is.
    """
    context = multiprocessing.get_context("spawn")
    queue, told = context.Queue(), context.Queue()
    for index in [*range(len(todo)), *[None] * workers]:
        queue.put(index)
    processes = [
        context.Process(target=_work, args=(todo, cfg, queue, told, logs / f"worker{index}.log"), daemon=True)
        for index in range(workers)
    ]
    for process in processes:
        process.start()
    try:
        yield from _listen(todo, told, processes, logs)
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _listen(todo: list[Job], told, processes, logs: Path) -> Iterator[tuple[Job, int]]:  # noqa: ANN001
    finished = 0
    while finished < len(todo):
        try:
            index, made = told.get(timeout=POLL)
        except Empty:
            if not any(process.is_alive() for process in processes):
                raise ValueError(f"the processes ended early; see {logs}") from None
            continue
        if isinstance(made, str):
            raise ValueError(f"{made}; see {logs}")
        finished += made == todo[index].count
        yield todo[index], made


def _work(todo: list[Job], cfg: RecipeCfg, queue, told, log: Path) -> None:  # noqa: ANN001
    """Make one shard after the other until the queue gives None; what is printed goes to a log."""
    with log.open("a") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.argv = sys.argv[:1]  # the simulator looks at the command line
    index = None
    try:
        import torch

        from pushgrasp.grasping.data.shards import write_shard

        from .samples import make_samples
        from .studio import open_studio

        torch.set_num_threads(1)

        parent = os.getppid()

        def tell(index: int, made: int) -> None:
            if os.getppid() != parent:
                raise SystemExit("nobody listens any more")
            if made < todo[index].count:
                told.put((index, made))

        with open_studio(WORLDS) as studio:
            while (index := queue.get()) is not None:
                job = todo[index]
                samples = make_samples(studio, cfg, job.split, job.first, job.count, partial(tell, index))
                write_shard(job.path, samples)
                told.put((index, job.count))
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        told.put((index, f"{type(error).__name__}: {error}"))
